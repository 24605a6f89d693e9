"""Each way to fail has its code, one sentence, and no stack trace."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from tests.cli.conftest import Api, Run, job

pytestmark = pytest.mark.requirement("I5")


def test_what_works_ends_with_0(interlock: Run, api: Api) -> None:
    api.tell("GET", "/api/tasks/", {"results": [job()], "next": None})
    done = interlock("task", "list")
    assert (done.code, done.err) == (0, "")
    assert api.last.headers["Authorization"] == "Bearer a-token"


@pytest.mark.parametrize(
    ("status", "code", "exit_code"),
    [
        (400, "invalid_input", 2),
        (413, "too_large", 2),
        (401, "token_expired", 4),
        (403, "not_allowed", 4),
        (404, "not_found", 5),
        (409, "already_over", 1),
        (429, "throttled", 1),
        (500, "internal_error", 1),
        (503, "unavailable", 3),
    ],
)
def test_the_servers_refusal_is_its_sentence_and_a_code(
    status: int, code: str, exit_code: int, interlock: Run, api: Api
) -> None:
    api.refuse("GET", "/api/tasks/", status, code, "This is why.")
    done = interlock("task", "list")
    assert (done.code, done.out, done.err) == (exit_code, "", "This is why.\n")


def test_with_json_the_refusal_is_a_problem_on_stderr_and_stdout_is_empty(interlock: Run, api: Api) -> None:
    api.refuse("GET", "/api/tasks/", 400, "invalid_input", "This is why.", {"path": "state", "message": "no"})
    done = interlock("task", "list", "--json")
    assert (done.code, done.out) == (2, "")
    problem = json.loads(done.err)
    assert (problem["status"], problem["code"], problem["detail"]) == (400, "invalid_input", "This is why.")
    assert problem["errors"] == [{"message": "no", "path": "state"}]


def test_json_behind_two_dashes_is_the_commands_own_argument(interlock: Run, api: Api) -> None:
    api.refuse("POST", "/api/tasks/", 403, "not_allowed", "You may not.")
    done = interlock("task", "add", "--command", "--", "tool", "--json")
    assert (done.code, done.err) == (4, "You may not.\n")


def test_a_server_that_does_not_answer_ends_with_3(interlock: Run) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    done = interlock("task", "list", INTERLOCK_URL=url, INTERLOCK_TOKEN="x")
    assert done.code == 3
    assert done.err.startswith(f"Nothing answers at {url} (")
    assert "Traceback" not in done.err


@pytest.mark.parametrize("body", [b"<html>Welcome to nginx</html>", b"[1, 2]"])
def test_something_else_that_answers_is_recognized(body: bytes, interlock: Run, api: Api) -> None:
    api.tell("GET", "/api/tasks/", body)
    done = interlock("task", "list")
    assert done.code == 3
    assert "is not Interlock" in done.err


def test_a_gateway_without_a_problem_is_a_sentence_too(interlock: Run, api: Api) -> None:
    api.tell("GET", "/api/tasks/", b"<html>oh dear</html>", status=502)
    done = interlock("task", "list")
    assert (done.code, done.err) == (3, f"{api.url} answered 502 Bad Gateway and no reason why.\n")


def test_an_address_that_is_none_ends_with_2(interlock: Run) -> None:
    done = interlock("task", "list", INTERLOCK_URL="nowhere", INTERLOCK_TOKEN="x")
    assert (done.code, done.err) == (2, "INTERLOCK_URL is 'nowhere'; it should look like http://127.0.0.1:8000.\n")


def test_without_a_token_it_says_how_to_get_one(interlock: Run, tmp_path: Path) -> None:
    done = interlock("task", "list", INTERLOCK_URL="http://127.0.0.1:1", INTERLOCK_DATA=str(tmp_path))
    assert done.code == 4
    assert "interlock token create" in done.err


def test_without_any_platform_it_says_how_to_start_one(interlock: Run, tmp_path: Path) -> None:
    done = interlock("task", "list", INTERLOCK_DATA=str(tmp_path))
    assert done.code == 3
    assert "interlock up" in done.err


def test_the_data_folders_record_is_found(
    interlock: Run, api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from config.record import Record

    Record("postgresql://x/y", "redis://x", "key", url=api.url, token="of-the-record").write(tmp_path)
    monkeypatch.delenv("INTERLOCK_URL")
    monkeypatch.delenv("INTERLOCK_TOKEN")
    api.tell("GET", "/api/tasks/", {"results": [], "next": None})
    assert interlock("task", "list", INTERLOCK_DATA=str(tmp_path)).code == 0
    assert api.last.headers["Authorization"] == "Bearer of-the-record"


def test_ctrl_c_ends_with_130(interlock: Run, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    from tasks.cli import events

    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(events.time, "sleep", interrupted)
    api.tell("GET", "/api/events/", {"results": [], "next": 0})
    done = interlock("events", "--follow")
    assert done.code == 130
    assert "Traceback" not in done.err


def test_the_codes_are_told_by_help_and_in_the_documentation(interlock: Run) -> None:
    said = interlock("--help").out
    documented = (Path(__file__).parents[2] / "docs" / "cli.md").read_text()
    for code in ("0", "1", "2", "3", "4", "5", "130"):
        assert f" {code} " in said
        assert f"| {code} |" in documented
