"""The `interlock` command: quick to help, and clear about how it failed."""

from __future__ import annotations

import re
import subprocess
import sys
import time

import pytest

from agents.errors import Conflict, InvalidInput, NotAllowed, NotFound, Unauthenticated, Unavailable
from config import cli
from config.failures import CannotStart

pytestmark = pytest.mark.requirement("I5")


def interlock(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "config", *arguments], capture_output=True, text=True, check=False)


def test_help_names_every_command_and_imports_none_of_them() -> None:
    code = "import sys; sys.argv = ['interlock', '--help']\nfrom config.cli import main\ntry: main()\nfinally: "
    code += "print([m for m in ('django', 'celery', 'psycopg', 'redis', 'pydantic', 'uvicorn') if m in sys.modules])"
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert time.monotonic() - began < 5  # 0.2 s on an idle machine
    assert done.stdout.rstrip().endswith("[]")
    for command in cli.COMMANDS:
        assert re.search(rf"\b{command.name}\b", done.stdout)


def test_each_command_of_the_platform_has_a_help_of_its_own() -> None:
    for command in cli.COMMANDS:
        if command.place.startswith("config.platform_commands:"):
            assert command.load() is not None
    assert "--concurrency" in interlock("worker", "--help").stdout
    assert "--no-demo-data" in interlock("up", "--help").stdout


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InvalidInput("x"), 2),
        (Unavailable("x"), 3),
        (Unauthenticated("x"), 4),
        (NotAllowed("x"), 4),
        (NotFound("x"), 5),
        (Conflict("x"), 1),
        (CannotStart("x"), 1),
    ],
)
def test_every_failure_is_a_sentence_and_a_documented_code(
    error: Exception, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(cli, "app", fail)
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == code
    assert capsys.readouterr().err == "x\n"


@pytest.mark.parametrize("arguments", [("nix",), ("up", "--port", "0"), ("up", "--workers", "many"), ("web", "--nix")])
def test_wrong_usage_ends_with_code_2(arguments: tuple[str, ...]) -> None:
    done = interlock(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


def test_a_database_that_does_not_answer_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from django.db import OperationalError

    def fail(**_: object) -> None:
        raise OperationalError("connection refused\n\tIs the server running?")

    monkeypatch.setattr(cli, "app", fail)
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 3
    assert capsys.readouterr().err == "A server of the platform does not answer: connection refused\n"


def test_a_mistake_of_ours_keeps_its_stack_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise KeyError("ours")

    monkeypatch.setattr(cli, "app", fail)
    with pytest.raises(KeyError):
        cli.main()
