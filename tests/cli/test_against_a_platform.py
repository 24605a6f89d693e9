"""The commands about work, each against a real platform."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.conftest import Done, Run
from tests.platform import Platform

pytestmark = pytest.mark.requirement("I5")
EXAMPLES = Path(__file__).parents[2] / "examples"
ECHO = ("--tool", "echo", "--args", '{"text": "hi"}')
Cli = Callable[..., Done]


@pytest.fixture
def cli(interlock: Run, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Cli:
    monkeypatch.setenv("INTERLOCK_URL", platform.url)
    monkeypatch.setenv("INTERLOCK_TOKEN", platform.token())
    return interlock


@pytest.fixture
def session() -> str:
    return f"cli-{uuid.uuid4().hex[:8]}"


def added(cli: Cli, *arguments: object) -> dict[str, Any]:
    done = cli("task", "add", "--json", *arguments)
    assert done.code == 0, done.err
    job: dict[str, Any] = done.json
    return job


def sleeping(cli: Cli, session: str, seconds: float = 60) -> dict[str, Any]:
    return added(cli, "-s", session, "--tool", "sleep", "--args", f'{{"seconds": {seconds}}}')


def test_a_command_is_added_waited_for_and_told(cli: Cli, session: str) -> None:
    done = cli("task", "add", "-s", session, "--title", "Greet", "--wait", "--command", "--", "echo", "good morning")
    lines = done.out.splitlines()
    assert done.code == 0
    assert lines[0].startswith("Added ")
    assert [line.split(" s  ")[-1].split(" on ")[0] for line in lines[1:4]] == ["queued", "started", "completed"]
    assert lines[-1] == "good morning"
    assert "\x1b" not in done.out


def test_waiting_for_what_fails_ends_with_1_and_says_why(cli: Cli, session: str) -> None:
    done = cli("task", "add", "-s", session, "--wait", "--command", "--", "sh", "-c", "echo broken >&2; exit 65")
    assert done.code == 1
    assert "failed: The command ended with exit code 65: broken" in done.out


def test_waiting_with_json_prints_the_job_as_it_ended(cli: Cli, session: str) -> None:
    done = cli("task", "add", "-s", session, "--tool", "echo", "--args", '{"value": 7}', "--wait", "--json")
    assert (done.code, done.json["state"], done.json["result"]["result"]) == (0, "completed", {"value": 7})


def test_waiting_no_longer_than_asked_ends_with_1_and_the_job_goes_on(cli: Cli, session: str) -> None:
    done = cli(
        "task", "add", "-s", session, "--tool", "sleep", "--args", '{"seconds": 60}', "--wait", "--timeout", "1s"
    )
    assert done.code == 1
    assert "1 of 1 not over yet after 1 s" in done.err
    id = cli("task", "list", "-s", session, "--json").json[0]["id"]
    assert cli("task", "cancel", id).code == 0


def test_a_batch_is_told_and_counted(cli: Cli, session: str, tmp_path: Path) -> None:
    file = tmp_path / "batch.yaml"
    file.write_text(
        "tasks:\n  - {key: a, tool: echo, args: {text: x}}\n  - {tool: echo, args: {text: y}, depends_on: [a]}\n"
    )
    done = cli("task", "add", file, "-s", session, "--wait")
    assert done.code == 0
    assert done.out.splitlines()[0] == f"Added 2 jobs: 2 in {session}"
    assert done.out.splitlines()[-1] == "2 completed"
    assert len(cli("task", "add", file, "-s", session, "--wait", "--json").json) == 2


@pytest.mark.requirement("J2")
def test_the_server_names_the_line_of_each_mistake(cli: Cli, session: str, tmp_path: Path) -> None:
    file = tmp_path / "tasks.yaml"
    file.write_text("title: x\ncommand: [ls]\npriority: 9\ncolour: red\n")
    for options in ([], ["-s", session]):
        done = cli("task", "add", file, *options)
        assert done.code == 2
        first, second = done.err.splitlines()
        assert first.startswith(f"{file}:3: priority: 9 is not a priority")
        assert second.startswith(f"{file}:4: colour: ")


def test_the_same_idempotency_key_makes_nothing_new(cli: Cli, session: str) -> None:
    arguments = ["-s", session, "--idempotency-key", session, *ECHO]
    assert added(cli, *arguments)["id"] == added(cli, *arguments)["id"]
    done = cli("task", "add", *arguments, "--title", "other")
    assert done.code == 1
    assert "Traceback" not in done.err


def test_the_list_takes_the_apis_filters(cli: Cli, session: str) -> None:
    made = [added(cli, "-s", session, "--tag", f"t{number}", *ECHO) for number in range(3)]
    assert [job["id"] for job in cli("task", "list", "-s", session, "--json").json] == [j["id"] for j in reversed(made)]
    assert [job["id"] for job in cli("task", "list", "--tag", "t1", "-s", session, "--json").json] == [made[1]["id"]]
    table = cli("task", "list", "-s", session, "--limit", "2")
    heading, *rows = table.out.splitlines()
    assert heading.split()[:4] == ["ID", "STATE", "PRI", "SESSION"]
    assert len(rows) == 2
    assert "newest 2" in table.err
    assert len(cli("task", "list", "-s", session, "--all").out.splitlines()) == 4
    nothing = cli("task", "list", "-s", session, "--state", "failed")
    assert (nothing.code, nothing.out, nothing.err) == (0, "", "There are no such jobs.\n")
    assert cli("task", "list", "--state", "sleepy").code == 2


def test_show_tells_the_story_of_the_attempts(cli: Cli, session: str) -> None:
    command = ["sh", "-c", "echo no; exit 65"]
    cli("task", "add", "-s", session, "--title", "Try", "--tag", "x", "--wait", "--command", "--", *command)
    id = cli("task", "list", "-s", session, "--json").json[0]["id"]
    said = cli("task", "show", id[-8:]).out
    assert said.startswith("Try\nfailed since ")
    assert f"\nid         {id}\n" in said
    assert "\nattempt 1 on worker-1@test: failed after " in said
    assert "exit_code (permanent): The command ended with exit code 65: no" in said


@pytest.mark.requirement("Q6")
def test_why_names_the_one_limit_that_holds_a_job(cli: Cli, session: str) -> None:
    assert cli("task", "add", "-s", session, "--wait", *ECHO).code == 0
    assert cli("session", "pause", session).code == 0
    job = added(cli, "-s", session, *ECHO)
    said = cli("task", "why", job["id"])
    assert (said.code, said.out) == (0, f"queued (number 1 in its session): session {session} is paused\n")
    told = cli("task", "why", job["id"], "--json").json
    assert told["waiting_for"]["code"] == "paused"
    assert told.keys() == {"id", "state", "position", "estimate", "waiting_for"}


@pytest.mark.requirement("Q6")
def test_why_says_of_a_job_that_is_over_how_it_ended(cli: Cli, session: str) -> None:
    failed = cli("task", "add", "--json", "-s", session, "--wait", "--command", "--", "sh", "-c", "exit 65").json
    assert cli("task", "why", failed["id"]).out == "failed: The command ended with exit code 65.\n"


def test_show_writes_the_spec_back_so_that_it_can_be_added_again(cli: Cli, session: str) -> None:
    made = added(cli, "-s", session, "-p", "low", "--tag", "x", "--tool", "echo", "--args", '{"value": [1, "two"]}')
    text = cli("task", "show", made["id"], "--spec").out
    assert yaml.safe_load(text) == {
        "session": session,
        "priority": "P3",
        "tool": "echo",
        "args": {"value": [1, "two"]},
        "tags": ["x"],
    }
    again = cli("task", "add", "-", "--json", stdin=text).json
    assert (again["arguments"], again["priority"], again["tags"]) == ({"value": [1, "two"]}, "P3", ["x"])
    assert cli("task", "show", made["id"], "--spec", "--json").json["tool"] == "echo"


def test_cancel_and_retry(cli: Cli, session: str, platform: Platform) -> None:
    id = sleeping(cli, session)["id"]
    platform.wait_for(lambda: cli("task", "show", id, "--json").json["state"] == "running")
    done = cli("task", "cancel", id[-8:], "--reason", "seen enough")
    assert (done.code, done.out) == (0, f"{id[-8:]}  sleep: told to stop\n")
    platform.wait_for(lambda: cli("task", "show", id, "--json").json["state"] == "cancelled")
    assert cli("task", "cancel", id).code == 1
    assert cli("task", "retry", id, "--json").json[0]["state"] == "queued"
    assert cli("task", "cancel", id).code == 0


@pytest.mark.requirement("W12")
def test_logs_are_what_the_job_printed(cli: Cli, session: str) -> None:
    id = added(cli, "-s", session, "--command", "--", "sh", "-c", "echo one; echo two >&2; echo three")["id"]
    done = cli("task", "logs", id, "--follow")
    assert done.code == 0
    assert sorted(done.out.splitlines()) == ["one", "three", "two"]
    chunks = cli("task", "logs", id, "--json").json
    assert {chunk["stream"] for chunk in chunks} == {"stdout", "stderr"}


@pytest.mark.requirement("W12")
def test_watch_shows_a_job_with_its_progress_and_log_until_it_is_over(cli: Cli, session: str) -> None:
    script = "echo '::progress 40 half way'; echo working; sleep 1"
    id = added(cli, "-s", session, "--command", "--", "sh", "-c", script)["id"]
    done = cli("task", "watch", id)
    assert done.code == 0
    assert "40 %  half way" in done.out
    assert "\nworking\n" in done.out
    assert done.out.splitlines()[-1].endswith("completed")


def test_sessions_are_found_by_name_paused_and_closed(cli: Cli, session: str) -> None:
    id = added(cli, "-s", session, *ECHO)["session"]["id"]
    assert f"\n{id}  open " in cli("session", "list").out
    assert cli("session", "pause", session, "--reason", "why", "--json").json["paused_at"]
    assert f"{session} (default): paused" in cli("session", "show", id).out
    assert cli("session", "resume", session).code == 0
    assert "closed" in cli("session", "close", session, "--mode", "cancel").out
    refused = cli("task", "add", "-s", session, *ECHO)
    assert (refused.code, "closed" in refused.err) == (1, True)
    assert cli("session", "show", "no-such-session").code == 5
    assert cli("session", "close", session, "--mode", "slowly").code == 2


def test_workers_and_the_queue_are_shown(cli: Cli) -> None:
    heading, worker = cli("worker", "list").out.splitlines()
    assert heading.split()[:3] == ["NAME", "STATE", "SLOTS"]
    assert worker.split()[:2] == ["worker-1@test", "online"]
    assert cli("worker", "list", "--all", "--json").json[0]["state"] == "online"
    assert "1 worker online" in cli("queue", "status").out
    assert cli("queue", "status", "--json").json["dispatcher"] is True
    assert cli("queue", "status", "--workspace", "nobodys").code == 5


def test_events_are_lines_or_objects(cli: Cli, session: str) -> None:
    id = added(cli, "-s", session, *ECHO)["id"]
    cli("task", "logs", id, "--follow")
    lines = [line for line in cli("events").out.splitlines() if id[-8:] in line]
    assert [line.split()[4] for line in lines][:2] == ["TaskEnqueued", "TaskStarted"]
    started = cli("events", "--kind", "TaskStarted", "--json").out.splitlines()
    assert all('"kind": "TaskStarted"' in line for line in started)


def test_a_viewer_may_look_and_not_add(cli: Cli, platform: Platform) -> None:
    viewer = platform.token("viewer")
    assert cli("task", "list", INTERLOCK_TOKEN=viewer).code == 0
    done = cli("task", "add", *ECHO, INTERLOCK_TOKEN=viewer)
    assert done.code == 4
    assert "operator" in done.err


def test_another_tenants_job_is_unknown(cli: Cli, session: str, platform: Platform) -> None:
    id = added(cli, "-s", session, *ECHO)["id"]
    theirs = platform.token("admin", "cli-others")
    assert cli("task", "show", id, INTERLOCK_TOKEN=theirs).code == 5
    assert cli("task", "show", id[-8:], INTERLOCK_TOKEN=theirs).code == 5


@pytest.mark.parametrize(("name", "code"), [("git-report", 0), ("plan", 0), ("failing", 1)])
def test_an_example_runs_by_hand(name: str, code: int, cli: Cli, session: str) -> None:
    done = cli("task", "add", EXAMPLES / name / f"{name}.yaml", "-s", session, "--wait")
    assert done.code == code, done.out + done.err
    expected = {"git-report": "# What happened in ", "plan": "| Mountain Line | 13 | 60 | 4.6 |", "failing": "25:61"}
    assert expected[name] in done.out


@pytest.mark.requirement("Q10")
def test_cancel_what_a_filter_selects(cli: Cli, session: str) -> None:
    spec = f"session: {session}\nnot_before: 2099-01-01T00:00:00Z\ncommand: ['true']\n"
    for _ in range(2):
        assert cli("task", "add", "-", stdin=spec).code == 0
    asked = cli("task", "cancel", "--session", session)
    assert asked.code == 2
    assert "2 jobs" in asked.err
    assert "--yes" in asked.err
    done = cli("task", "cancel", "--session", session, "--yes", "--wait", "--reason", "wrong branch")
    assert done.out.startswith("2 jobs cancelled: 2 never started")
    nothing = cli("task", "cancel", "--session", session, "--yes", "--json").json
    assert (nothing["total"], nothing["done"]) == (0, True)


@pytest.mark.requirement("Q10")
def test_cancel_wants_to_know_which(cli: Cli) -> None:
    assert "--all" in cli("task", "cancel").err
    assert "Give ids, or" in cli("task", "cancel", "4f1c9a02", "--session", "nightly").err


@pytest.mark.requirement("Q9")
def test_pause_resume_and_stop_a_session(cli: Cli, session: str, platform: Platform) -> None:
    id = sleeping(cli, session)["id"]
    platform.wait_for(lambda: cli("task", "show", id, "--json").json["state"] == "running")
    assert cli("queue", "pause", "-s", session).out == f"session {session}: paused, nothing more starts\n"
    done = cli("queue", "stop", "-s", session, "--reason", "wrong files")
    assert "1 job cancelled: 1 " in done.out
    assert cli("queue", "resume", "-s", session).out == f"session {session}: goes on\n"
    assert "name no workspace" in cli("queue", "stop", "--everything", "-s", session).err


@pytest.mark.requirement("Q8")
def test_another_priority_and_back(cli: Cli, session: str) -> None:
    spec = f"session: {session}\nnot_before: 2099-01-01T00:00:00Z\ncommand: ['true']\n"
    id = cli("task", "add", "-", "--json", stdin=spec).json["id"]
    done = cli("task", "priority", "P0", id, "--reason", "the release waits")
    assert (done.code, done.out) == (0, "1 job has P0 now\n")
    undo = done.err.split()[2]
    assert cli("task", "show", id, "--json").json["priority"] == "P0"
    assert cli("undo", undo).code == 0
    assert cli("task", "show", id, "--json").json["priority"] == "P1"
    assert cli("undo", undo).code == 1
    assert cli("task", "priority", "low", "-s", session, "--json").json["changed"] == 1
    assert cli("task", "priority", "P9", id).code == 2
    assert cli("task", "priority", "P1").code == 2


@pytest.mark.requirement("Q7")
def test_another_place_and_back(cli: Cli, session: str) -> None:
    spec = f"session: {session}\nnot_before: 2099-01-01T00:00:00Z\ncommand: ['true']\n"
    first, second = (cli("task", "add", "-", "--json", stdin=spec).json["id"] for _ in range(2))
    shown = cli("task", "move", second, "--front", "--dry-run")
    assert (shown.code, shown.err) == (0, "Nothing was moved.\n")
    done = cli("task", "move", second, "--before", first, "--reason", "it is short")
    assert (done.code, done.out) == (0, "1 job moved\n")
    assert cli("task", "show", second, "--json").json["position"] == 1
    assert cli("undo", done.err.split()[2]).code == 0
    assert cli("task", "show", second, "--json").json["position"] == 2
    assert cli("task", "move", second).code == 2
    assert cli("task", "move", second, "--front", "--back").code == 2


@pytest.mark.requirement("Q8")
def test_before_everything_at_the_machine(cli: Cli, session: str, platform: Platform) -> None:
    spec = f"session: {session}\nnot_before: 2099-01-01T00:00:00Z\ncommand: ['true']\n"
    _, second = (cli("task", "add", "-", "--json", stdin=spec).json["id"] for _ in range(2))
    assert platform.interlock("task", "override", second).returncode == 2
    done = platform.interlock("task", "override", second, "--reason", "production is down")
    assert (done.returncode, done.stdout) == (0, "1 job put before everything else\n")
    assert cli("task", "show", second, "--json").json["position"] == 1
    undo = done.stderr.split()[2]
    assert cli("undo", undo).code == 4
    assert platform.interlock("undo", undo, "--everything").returncode == 0
    assert cli("task", "show", second, "--json").json["position"] == 2


@pytest.mark.requirement("Q13")
def test_retry_what_failed_in_a_session(cli: Cli, session: str) -> None:
    for _ in range(2):
        assert cli("task", "add", "-s", session, "--wait", "--command", "--", "no-such-program-here").code == 1
    assert len(cli("task", "list", "-s", session, "--error-kind", "permanent", "--json").json) == 2
    assert cli("task", "retry", "-s", session).out == "2 jobs are queued again\n"
    assert cli("task", "retry").code == 2
