"""What every sandbox promises (agents/sandbox/base.py)."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace

import pytest

from agents.runtimes.failure import Failure, FailureKind
from agents.sandbox.base import Sandbox
from agents.sandbox.pipe import InputPipe
from tests.agents.sandbox.probes import PYTHON, SMALL, Output, alive, open_files, pid_in, run, until, written

pytestmark = pytest.mark.requirement("W9")


def test_it_tells_the_exit_code(sandbox: Sandbox) -> None:
    ended, _ = run(sandbox, ["sh", "-c", "exit 3"])

    assert (ended.code, ended.signal, ended.bound) == (3, None, None)


def test_it_tells_the_signal_that_killed(sandbox: Sandbox) -> None:
    ended, _ = run(sandbox, ["sh", "-c", "kill -USR1 $$"])

    assert (ended.code, ended.signal) == (None, 10)


def test_output_and_errors_come_apart_and_in_order(sandbox: Sandbox) -> None:
    _, output = run(sandbox, ["sh", "-c", "echo one; echo two; echo bad >&2; echo three"])

    assert output.of("stdout") == ["one", "two", "three"]
    assert output.of("stderr") == ["bad"]


def test_output_streams_while_the_program_runs(sandbox: Sandbox) -> None:
    async def scenario() -> None:
        output = Output()
        program = asyncio.create_task(
            sandbox.run(["sh", "-c", "echo first; read line < go; echo then"], on_line=output, limits=SMALL)
        )
        await until(lambda: output.lines == [("stdout", "first")])
        (sandbox.directory / "go").write_text("now\n")
        await program
        assert output.of("stdout") == ["first", "then"]

    os.mkfifo(sandbox.directory / "go")
    asyncio.run(scenario())


def test_an_unfinished_line_is_shown_after_a_short_while(sandbox: Sandbox) -> None:
    async def scenario() -> None:
        output = Output()
        program = asyncio.create_task(
            sandbox.run(["sh", "-c", "printf 'Password: '; exec cat"], on_line=output, limits=SMALL, stdin=None)
        )
        await program
        assert output.lines == [("stdout", "Password: ")]

        waiting = asyncio.create_task(
            sandbox.run(["sh", "-c", "printf 'still at it'; exec sleep 60"], on_line=output, limits=SMALL)
        )
        await until(lambda: output.lines[-1] == ("stdout", "still at it"))
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(scenario())


def test_bytes_that_are_not_text_and_nul_do_not_break_the_log(sandbox: Sandbox) -> None:
    _, output = run(sandbox, ["printf", r"a\377b\0c\n\303\n"])

    assert output.of("stdout") == ["a�bc", "�"]


def test_standard_input_is_empty_or_what_was_given(sandbox: Sandbox) -> None:
    _, nothing = run(sandbox, ["cat"])
    _, given = run(sandbox, ["cat"], stdin="größer\nals\n".encode() * 50_000)

    assert nothing.lines == []
    assert given.of("stdout") == ["größer", "als"] * 50_000


def test_the_environment_holds_nothing_of_the_platform(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://secret")
    monkeypatch.setenv("SECRET_KEY", "secret")
    monkeypatch.setenv("SOME_TOKEN", "secret")

    _, output = run(sandbox, ["env"], env={"MODEL": "small", "LANG": "de_DE.UTF-8", "INTERLOCK_JOB_ID": "forged"})
    variables = dict(line.split("=", 1) for line in output.of("stdout"))

    assert set(variables) <= {
        *("PATH", "HOME", "LANG", "TMPDIR", "TERM", "PWD", "MODEL", "INTERLOCK_JOB_ID", "INTERLOCK_SANDBOX")
    }
    assert variables["HOME"] == str(sandbox.directory)
    assert variables["MODEL"] == "small"
    assert variables["LANG"] == "de_DE.UTF-8"
    assert variables["INTERLOCK_JOB_ID"] == "job-1"


def test_the_environment_of_its_parent_tells_nothing_either(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "secret")

    _, output = run(sandbox, ["sh", "-c", "tr '\\0' '\\n' < /proc/$PPID/environ 2>/dev/null; echo end"])

    assert "secret" not in output.text
    assert output.of("stdout")[-1] == "end"


def test_it_runs_in_its_own_directory_with_a_place_for_temporary_files(sandbox: Sandbox) -> None:
    _, output = run(sandbox, ["sh", "-c", 'pwd; touch "$TMPDIR/x" && echo written'])

    assert output.of("stdout") == [str(sandbox.directory), "written"]


def test_it_inherits_no_descriptor(sandbox: Sandbox) -> None:
    with open("/dev/null") as other:
        os.set_inheritable(other.fileno(), True)
        _, output = run(sandbox, ["sh", "-c", "echo /proc/self/fd/*"], stdin=b"x")

    assert {path.rpartition("/")[2] for path in output.text.split()} <= {"0", "1", "2", "3"}


@pytest.mark.parametrize(
    ("argv", "code", "says"),
    [
        (["no-such-program-anywhere"], "command_not_found", "in PATH"),
        (["./missing"], "command_not_found", "'./missing'"),
        (["./plain"], "not_executable", "execute permission"),
        (["./orphan"], "not_executable", "interpreter"),
        (["./text"], "not_executable", "#!"),
        (["/"], "not_executable", "/"),
        ([], "bad_command", "empty"),
        (["echo", "a\0b"], "bad_command", "NUL"),
        (["echo", "x" * 3_000_000], "bad_command", "too long"),
    ],
)
def test_what_cannot_start_fails_for_good_with_a_sentence(
    sandbox: Sandbox, argv: list[str], code: str, says: str
) -> None:
    (sandbox.directory / "plain").write_text("#!/bin/sh\n")
    for name, text in [("orphan", "#!/no/such/shell\n"), ("text", "hello\n")]:
        (sandbox.directory / name).write_text(text)
        (sandbox.directory / name).chmod(0o755)

    with pytest.raises(Failure) as failed:
        run(sandbox, argv)

    assert (failed.value.kind, failed.value.code) == (FailureKind.PERMANENT, code)
    assert says in failed.value.message


def test_a_missing_directory_is_named(sandbox: Sandbox) -> None:
    with pytest.raises(Failure, match="nowhere cannot be entered") as failed:
        run(sandbox, ["true"], cwd=sandbox.directory / "nowhere")

    assert failed.value.code == "bad_directory"


def test_what_runs_in_the_background_ends_with_its_program(sandbox: Sandbox) -> None:
    ended, _ = run(sandbox, ["sh", "-c", "sleep 600 & echo $! > pid; exit 0"])

    assert ended.code == 0
    assert not alive(pid_in(sandbox.directory / "pid"))


DAEMON = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        open('daemon', 'w').write(f'{os.getpid()}\\n')
        time.sleep(600)
    os._exit(0)
while not os.path.exists('daemon') or not open('daemon').read(): time.sleep(0.01)
"""


def test_a_daemon_ends_with_its_program(sandbox: Sandbox) -> None:
    ended, _ = run(sandbox, [*PYTHON, DAEMON])

    assert ended.code == 0
    assert not alive(pid_in(sandbox.directory / "daemon"))


def test_a_cancelled_program_that_obeys_is_gone_within_a_second(sandbox: Sandbox) -> None:
    async def scenario() -> None:
        argv = ["sh", "-c", "sleep 600 & echo $! > child; echo $$ > pid; wait"]
        program = asyncio.create_task(sandbox.run(argv, on_line=Output(), limits=SMALL))
        await until(lambda: written(sandbox.directory / "pid"))
        start = asyncio.get_running_loop().time()
        program.cancel()
        with pytest.raises(asyncio.CancelledError):
            await program
        assert asyncio.get_running_loop().time() - start < 1
        assert not alive(pid_in(sandbox.directory / "pid"))
        assert not alive(pid_in(sandbox.directory / "child"))

    asyncio.run(scenario())


def test_a_cancelled_program_may_tidy_up_and_its_last_words_are_heard(sandbox: Sandbox) -> None:
    async def scenario() -> None:
        output = Output()
        argv = [
            "sh",
            "-c",
            "trap 'echo tidying; echo done > tidy; exit 0' TERM; echo > up; while :; do sleep 0.01; done",
        ]
        program = asyncio.create_task(sandbox.run(argv, on_line=output, limits=SMALL))
        await until(lambda: written(sandbox.directory / "up"))
        program.cancel()
        with pytest.raises(asyncio.CancelledError):
            await program
        assert (sandbox.directory / "tidy").read_text() == "done\n"
        assert output.of("stdout") == ["tidying"]

    asyncio.run(scenario())


STUBBORN = """
import os, signal, time
signal.signal(signal.SIGTERM, lambda *_: open('asked', 'w').write('x\\n'))
open('pid', 'w').write(f'{os.getpid()}\\n')
while True: time.sleep(600)
"""


def test_a_program_that_ignores_term_is_killed_after_the_grace(sandbox: Sandbox) -> None:
    async def scenario() -> None:
        limits = replace(SMALL, grace_seconds=0.5)
        program = asyncio.create_task(sandbox.run([*PYTHON, STUBBORN], on_line=Output(), limits=limits))
        await until(lambda: written(sandbox.directory / "pid"))
        start = asyncio.get_running_loop().time()
        program.cancel()
        with pytest.raises(asyncio.CancelledError):
            await program
        assert 0.45 < asyncio.get_running_loop().time() - start < 2
        assert (sandbox.directory / "asked").exists()
        assert not alive(pid_in(sandbox.directory / "pid"))

    asyncio.run(scenario())


def test_a_second_cancellation_ends_the_grace(sandbox: Sandbox) -> None:
    async def scenario() -> None:
        program = asyncio.create_task(sandbox.run([*PYTHON, STUBBORN], on_line=Output(), limits=SMALL))
        await until(lambda: written(sandbox.directory / "pid"))
        program.cancel()
        await until(lambda: written(sandbox.directory / "asked"))
        start = asyncio.get_running_loop().time()
        program.cancel()
        with pytest.raises(asyncio.CancelledError):
            await program
        assert asyncio.get_running_loop().time() - start < 1
        assert not alive(pid_in(sandbox.directory / "pid"))

    asyncio.run(scenario())


def test_a_stopped_program_can_be_cancelled(sandbox: Sandbox) -> None:
    async def scenario() -> None:
        program = asyncio.create_task(
            sandbox.run(["sh", "-c", "echo $$ > pid; kill -STOP $$; sleep 600"], on_line=Output(), limits=SMALL)
        )
        await until(lambda: written(sandbox.directory / "pid"))
        program.cancel()
        with pytest.raises(asyncio.CancelledError):
            async with asyncio.timeout(2):
                await asyncio.shield(program)

    asyncio.run(scenario())


def test_a_time_limit_around_it_ends_the_program(sandbox: Sandbox) -> None:
    async def scenario() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await sandbox.run(["sh", "-c", "echo $$ > pid; sleep 600"], on_line=Output(), limits=SMALL)
        assert not alive(pid_in(sandbox.directory / "pid"))

    asyncio.run(scenario())


def test_when_the_log_cannot_be_written_the_program_ends_and_the_error_goes_on(sandbox: Sandbox) -> None:
    async def refuse(stream: str, text: str) -> None:
        raise ConnectionError("the log is gone")

    async def scenario() -> None:
        with pytest.raises(ConnectionError, match="the log is gone"):
            await sandbox.run(["sh", "-c", "echo $$ > pid; yes"], on_line=refuse, limits=SMALL)
        assert not alive(pid_in(sandbox.directory / "pid"))

    asyncio.run(scenario())


def test_without_a_renewal_the_program_is_killed(sandbox: Sandbox) -> None:
    sandbox.renew(0.3)

    ended, _ = run(sandbox, ["sleep", "600"])

    assert ended.bound == "renewal"
    assert ended.signal == 9


def test_renewals_keep_it_alive(sandbox: Sandbox) -> None:
    async def scenario() -> None:
        sandbox.renew(0.5)
        program = asyncio.create_task(sandbox.run(["sh", "-c", "read line < go"], on_line=Output(), limits=SMALL))
        loop = asyncio.get_running_loop()
        start = loop.time()
        while loop.time() - start < 1.2:
            sandbox.renew(0.5)
            await asyncio.sleep(0.1)
        (sandbox.directory / "go").write_text("now\n")
        assert (await program).code == 0

    os.mkfifo(sandbox.directory / "go")
    asyncio.run(scenario())


def test_close_ends_what_runs_and_lets_nothing_start(sandbox: Sandbox) -> None:
    async def scenario() -> None:
        program = asyncio.create_task(
            sandbox.run(["sh", "-c", "echo $$ > pid; sleep 600"], on_line=Output(), limits=SMALL)
        )
        await until(lambda: written(sandbox.directory / "pid"))
        await sandbox.close()
        assert (await program).signal == 9
        with pytest.raises(Failure) as failed:
            await sandbox.run(["true"], on_line=Output(), limits=SMALL)
        assert failed.value.code == "sandbox_closed"

    asyncio.run(scenario())


def test_programs_run_side_by_side_with_their_logs_apart(sandbox: Sandbox) -> None:
    async def scenario() -> None:
        outputs = [Output() for _ in range(8)]
        await asyncio.gather(
            *(
                sandbox.run(["sh", "-c", f"seq 200 | sed s/^/{n}:/"], on_line=output, limits=SMALL)
                for n, output in enumerate(outputs)
            )
        )
        for n, output in enumerate(outputs):
            assert output.of("stdout") == [f"{n}:{line}" for line in range(1, 201)]

    asyncio.run(scenario())


def test_it_counts_what_was_used(sandbox: Sandbox) -> None:
    code = "x = bytearray(60_000_000)\nfor i in range(3_000_000): pass"

    ended, _ = run(sandbox, ["sh", "-c", f"{PYTHON[0]} -I -S -c '{code}'; true"])

    assert ended.usage.cpu_seconds > 0.03
    assert 60 < ended.usage.max_rss_mb < 200
    assert sandbox.usage == ended.usage


def test_it_gives_back_every_descriptor(sandbox: Sandbox) -> None:
    async def scenario() -> None:
        await sandbox.run(["true"], on_line=Output(), limits=SMALL)
        before = open_files()
        for argv in (["true"], ["no-such-program"], ["sleep", "600"]):
            program = asyncio.create_task(sandbox.run(argv, on_line=Output(), limits=SMALL))
            await asyncio.wait([program], timeout=0.1)
            program.cancel()
            await asyncio.gather(program, return_exceptions=True)
        assert open_files() == before

    asyncio.run(scenario())


def test_a_program_can_be_spoken_with_while_it_runs(sandbox: Sandbox) -> None:
    async def scenario() -> None:
        output, said = Output(), InputPipe()
        program = asyncio.create_task(
            sandbox.run(["cat"], on_line=output, limits=SMALL, stdin=said, longest_line=1_000_000)
        )
        await said.write(b"one\n")
        await until(lambda: output.of("stdout") == ["one"])
        await said.write("ä".encode() * 300_000 + b"\n")
        await until(lambda: len(output.lines) == 2)
        said.close()
        ended = await program
        assert output.of("stdout")[1] == "ä" * 300_000, "whole, though longer than a line of a log"
        assert ended.code == 0

    asyncio.run(scenario())


def test_an_answer_in_parts_waits_for_its_end_where_it_is_spoken_with(sandbox: Sandbox) -> None:
    _, output = run(
        sandbox,
        ["sh", "-c", "printf one; sleep 0.5; echo two; printf bad >&2; sleep 0.5; echo x >&2"],
        longest_line=1000,
    )

    assert output.of("stdout") == ["onetwo"]
    assert output.of("stderr") == ["bad", "x"]


def test_who_speaks_with_a_program_that_is_gone_hears_it(sandbox: Sandbox) -> None:
    async def scenario() -> None:
        said = InputPipe()
        await sandbox.run(["true"], on_line=Output(), limits=SMALL, stdin=said)
        with pytest.raises(BrokenPipeError):
            await said.write(b"hello?\n")
        said.close()
        with pytest.raises(BrokenPipeError):
            await said.write(b"hello?\n")

    asyncio.run(scenario())
