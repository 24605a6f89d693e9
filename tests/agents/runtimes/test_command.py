"""The runtime `command`, with real programs."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agents.runtimes.command import CommandRuntime
from agents.runtimes.failure import Failure, FailureKind
from agents.runtimes.progress import parse_progress
from agents.sandbox.base import Limits
from tests.agents.host import Notebook, work
from tests.agents.sandbox.probes import alive, pid_in, until, written

pytestmark = pytest.mark.requirement("W4")

BIG_JSON = "import json; print(json.dumps({'text': 'x' * 40_000, 'list': list(range(500))}))"


def run(directory: Path, *command: str, limits: Limits | None = None, **data: Any) -> tuple[Any, Notebook]:
    host = Notebook(directory)
    job = work("command", directory, command=list(command), **data)
    if limits:
        job = replace(job, limits=limits)
    return asyncio.run(CommandRuntime().run(job, host)), host


def failure_of(directory: Path, *command: str, limits: Limits | None = None) -> Failure:
    with pytest.raises(Failure) as failed:
        run(directory, *command, limits=limits)
    return failed.value


def test_the_result_is_the_output_of_a_program_that_ends_well(tmp_path: Path) -> None:
    result, host = run(tmp_path, "sh", "-c", "echo one; echo two; echo aside >&2")

    assert result == {"exit_code": 0, "output": "one\ntwo"}
    assert [text for stream, text in host.log if stream == "stdout"] == ["one", "two"]
    assert ("stderr", "aside") in host.log


def test_the_environment_of_the_spec_reaches_it_and_the_job_is_named(tmp_path: Path) -> None:
    result, _ = run(tmp_path, "sh", "-c", "echo $MODEL $INTERLOCK_JOB_ID", env={"MODEL": "small"})

    assert result["output"] == "small job-1"


def test_a_last_line_that_is_a_json_object_is_read(tmp_path: Path) -> None:
    result, _ = run(tmp_path, "sh", "-c", """echo hello; echo '{"cost": 1.5, "text": "a\\u0000b"}'; echo""")

    assert result["json"] == {"cost": 1.5, "text": "a�b"}


def test_a_json_object_of_many_pieces_is_read_as_one(tmp_path: Path) -> None:
    result, _ = run(tmp_path, sys.executable, "-I", "-c", BIG_JSON)

    assert len(result["json"]["text"]) == 40_000
    assert json.loads(result["output"]) == result["json"]


@pytest.mark.parametrize("line", ["{not json}", '{"a": NaN}', "[1, 2]", "3", "{" * 5000, '{"a": Infinity}'])
def test_what_is_no_json_object_stays_text(tmp_path: Path, line: str) -> None:
    result, _ = run(tmp_path, "echo", line)

    assert result == {"exit_code": 0, "output": line}


@pytest.mark.requirement("W12")
def test_progress_lines_become_progress_and_are_no_log(tmp_path: Path) -> None:
    result, host = run(tmp_path, "sh", "-c", "echo ::progress 40 writing tests; echo text; echo '::progress 90%'")

    assert host.progress == [(40, "writing tests"), (90, "")]
    assert host.log == [("stdout", "text")]
    assert result["output"] == "text"


@pytest.mark.requirement("W12")
@pytest.mark.parametrize(
    ("line", "percent", "message"),
    [
        ("::progress 0", 0, ""),
        ("::progress  7   a b ", 7, "a b"),
        ("::progress 140 too much", 100, "too much"),
        ("::progress 5 % done", 5, "done"),
        ("::progress 10 " + "x" * 999, 10, "x" * 200),
    ],
)
def test_what_a_progress_line_says(line: str, percent: int, message: str) -> None:
    progress = parse_progress(line)

    assert progress
    assert (progress.percent, progress.message) == (percent, message)


@pytest.mark.requirement("W12")
@pytest.mark.parametrize("line", ["::progress", "::progress soon", " ::progress 4", "::progress -4", "::progressive 4"])
def test_what_is_no_progress_line(line: str) -> None:
    assert parse_progress(line) is None


def test_another_exit_code_may_be_tried_again_and_says_the_last_line(tmp_path: Path) -> None:
    failure = failure_of(tmp_path, "sh", "-c", "echo fine; echo first >&2; echo 'no such branch' >&2; echo >&2; exit 3")

    assert (failure.kind, failure.code) == (FailureKind.TRANSIENT, "exit_code")
    assert failure.message == "The command ended with exit code 3: no such branch"
    assert failure.data == {"exit_code": 3}


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (1, FailureKind.TRANSIENT),
        (64, FailureKind.PERMANENT),
        (65, FailureKind.PERMANENT),
        (75, FailureKind.TRANSIENT),
        (77, FailureKind.PERMANENT),
        (78, FailureKind.PERMANENT),
        (126, FailureKind.PERMANENT),
        (127, FailureKind.PERMANENT),
        (255, FailureKind.TRANSIENT),
    ],
)
def test_some_exit_codes_say_that_another_attempt_is_no_use(tmp_path: Path, code: int, kind: FailureKind) -> None:
    assert failure_of(tmp_path, "sh", "-c", f"exit {code}").kind == kind


def test_a_signal_may_be_tried_again(tmp_path: Path) -> None:
    failure = failure_of(tmp_path, "sh", "-c", "kill -SEGV $$")

    assert (failure.kind, failure.code) == (FailureKind.TRANSIENT, "killed_by_signal")
    assert "SIGSEGV" in failure.message


def test_a_program_that_does_not_exist_fails_for_good(tmp_path: Path) -> None:
    failure = failure_of(tmp_path, "no-such-program")

    assert (failure.kind, failure.code) == (FailureKind.PERMANENT, "command_not_found")
    assert "'no-such-program'" in failure.message
    assert os.environ["PATH"] in failure.message


@pytest.mark.requirement("J5")
@pytest.mark.skipif(sys.platform != "linux", reason="memory is watched through /proc")
def test_too_much_memory_fails_for_good_and_names_the_limit(tmp_path: Path) -> None:
    hungry = "import time\nx = []\nwhile True: x.append(bytearray(4_000_000)); time.sleep(0.002)"

    failure = failure_of(tmp_path, sys.executable, "-I", "-c", hungry, limits=Limits(memory_mb=64))

    assert (failure.kind, failure.code) == (FailureKind.PERMANENT, "out_of_memory")
    assert "64 MB" in failure.message
    assert failure.data["max_rss_mb"] > 64


def test_much_output_keeps_the_end_and_the_log_stops_with_a_word(tmp_path: Path) -> None:
    result, host = run(
        tmp_path, "sh", "-c", "yes 0123456789012345678901234567890123456789 | head -c 20500000; echo end"
    )

    assert result["truncated"] is True
    assert result["output"].endswith("\nend")
    assert 60_000 < len(result["output"]) <= 64 * 1024
    assert sum(len(text) + 1 for _, text in host.log) < 17 * 1024 * 1024
    assert host.log[-1][0] == "system"


def test_a_cancelled_job_leaves_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        host = Notebook(tmp_path)
        job = work("command", tmp_path, command=["sh", "-c", "sleep 600 & echo $! > pid; wait"])
        running = asyncio.create_task(CommandRuntime().run(job, host))
        await until(lambda: written(tmp_path / "pid"))
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert not alive(pid_in(tmp_path / "pid"))

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "data", [{}, {"command": []}, {"command": "ls"}, {"command": [1]}, {"command": ["a"], "env": {"A": 1}}]
)
def test_a_job_without_a_command_fails_for_good(tmp_path: Path, data: dict[str, Any]) -> None:
    with pytest.raises(Failure) as failed:
        asyncio.run(CommandRuntime().run(work("command", tmp_path, **data), Notebook(tmp_path)))

    assert (failed.value.kind, failed.value.code) == (FailureKind.PERMANENT, "bad_work")
