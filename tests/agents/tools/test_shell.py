"""`shell.run`: commands in the job's sandbox."""

from __future__ import annotations

import time
from typing import Any

import pytest

from agents.runtimes.failure import Failure, FailureKind
from agents.tools.base import Grant
from agents.tools.results import MAX_RESULT_BYTES, size_of
from tests.agents.tools.conftest import Toolbox

pytestmark = pytest.mark.requirement("W5", "W9")


def failure_of(toolbox: Toolbox, **arguments: Any) -> Failure:
    with pytest.raises(Failure) as failed:
        toolbox.use("shell.run", **arguments)
    return failed.value


def test_a_line_runs_in_the_shell_and_streams_to_the_log(toolbox: Toolbox) -> None:
    result = toolbox.use("shell.run", command="echo $MODEL | tr a-z A-Z; echo aside >&2")

    assert result == {
        "exit_code": 0,
        "signal": None,
        "timed_out": False,
        "stdout": "SMALL",
        "stderr": "aside",
        "truncated": False,
    }
    assert sorted(toolbox.log) == [("stderr", "aside"), ("stdout", "SMALL")]


def test_a_list_runs_without_a_shell(toolbox: Toolbox) -> None:
    assert toolbox.use("shell.run", command=["echo", "$HOME; ls", "*"])["stdout"] == "$HOME; ls *"


def test_it_reads_what_it_is_given_in_the_directory_and_with_the_variables_it_is_told(toolbox: Toolbox) -> None:
    (toolbox.directory / "sub").mkdir()

    result = toolbox.use("shell.run", command="cat; pwd; echo $A", stdin="in\n", directory="sub", env={"A": "b"})

    assert result["stdout"] == f"in\n{toolbox.directory}/sub\nb"


def test_the_directory_is_confined(toolbox: Toolbox) -> None:
    (toolbox.directory / "up").symlink_to("..")

    assert failure_of(toolbox, command="pwd", directory="..").code == "outside_directory"
    assert failure_of(toolbox, command="pwd", directory="up").code == "outside_directory"
    assert failure_of(toolbox, command="pwd", directory="nowhere").code == "file_not_found"
    toolbox.grants = (Grant(toolbox.directory.parent),)
    run = toolbox.use("shell.run", command="pwd", directory=str(toolbox.directory.parent))
    assert run["stdout"] == str(toolbox.directory.parent)


def test_a_bad_end_fails_the_call_unless_it_is_to_be_told(toolbox: Toolbox) -> None:
    failure = failure_of(toolbox, command="echo no >&2; exit 4")
    told = toolbox.use("shell.run", command="echo no >&2; exit 4", check=False)
    killed = toolbox.use("shell.run", command=["sh", "-c", "kill -9 $$"], check=False)

    assert (failure.kind, failure.code) == (FailureKind.TRANSIENT, "exit_code")
    assert failure.message == "The command ended with exit code 4: no"
    assert (told["exit_code"], told["stderr"]) == (4, "no")
    assert (killed["exit_code"], killed["signal"]) == (None, 9)


def test_a_command_that_takes_too_long_is_stopped(toolbox: Toolbox) -> None:
    start = time.monotonic()

    failure = failure_of(toolbox, command="echo begun; sleep 600", timeout_seconds=0.3)
    told = toolbox.use("shell.run", command="echo begun; sleep 600", timeout_seconds=0.3, check=False)

    assert time.monotonic() - start < 4
    assert (failure.kind, failure.code) == (FailureKind.TIMED_OUT, "command_timed_out")
    assert (told["timed_out"], told["exit_code"], told["stdout"]) == (True, None, "begun")


def test_a_program_that_is_not_there_fails_for_good(toolbox: Toolbox) -> None:
    assert failure_of(toolbox, command=["no-such-program"]).code == "command_not_found"
    assert failure_of(toolbox, command="no-such-program").kind is FailureKind.PERMANENT


def test_bounds_fail_the_call_even_if_its_end_is_to_be_told(toolbox: Toolbox) -> None:
    hungry = "python3 -I -c 'import time; x = bytearray(400_000_000); time.sleep(60)'"

    assert failure_of(toolbox, command=hungry, check=False).code == "out_of_memory"


@pytest.mark.parametrize("source", ["yes", "tr -dc '\\001-\\037' < /dev/urandom"])
def test_much_output_keeps_the_end_within_the_bounds_of_a_result(toolbox: Toolbox, source: str) -> None:
    result = toolbox.use(
        "shell.run", command=f"{source} | head -c 3000000; {source} | head -c 3000000 >&2; echo; echo end"
    )

    assert result["truncated"] is True
    assert result["stdout"].endswith("end")
    assert size_of(result) <= MAX_RESULT_BYTES
