"""What people see who sit at a terminal."""

from __future__ import annotations

import pytest

from agents import printing
from tasks.cli import watching
from tests.cli.conftest import Api, Run, event, job

pytestmark = pytest.mark.requirement("I5")
ID = job()["id"]
QUEUE = {
    "states": {"pending_approval": 1, "queued": 4990, "running": 3, "suspended": 0},
    "slots": {"used": 3, "total": 10, "free": 7},
    "workers_online": 1,
    "dispatcher": True,
    "everything_paused": False,
    "paused": [],
    "queued_by_priority": {"P0": 0, "P1": 4990},
    "oldest_queued_seconds": 134.0,
    "estimates": {"foreseen": 200, "before_p50": 96, "before_p90": 181},
}


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = printing.Console(highlight=False, markup=False, force_terminal=True, width=80, height=20)
    monkeypatch.setattr(printing, "is_terminal", lambda: True)
    monkeypatch.setattr(printing, "screen", lambda: screen)


def test_lists_show_short_ids_and_colours(terminal: None, interlock: Run, api: Api) -> None:
    api.tell("GET", "/api/tasks/", {"results": [job(state="failed")], "next": None})
    said = interlock("task", "list").out
    assert ID[-8:] in said
    assert ID not in said
    assert "\x1b[31mfailed" in said


def test_progress_stands_below_the_story_and_leaves_no_lines(terminal: None, interlock: Run, api: Api) -> None:
    api.tell("POST", "/api/tasks/", job(), status=201)
    progress = [event("TaskProgress", "running", n, data={"percent": n, "message": "laying"}) for n in range(2, 90)]
    story = [event("TaskStarted", "running"), *progress, event("TaskCompleted", "completed", 90)]
    api.tell("GET", f"/api/tasks/{ID}/events/", {"results": story, "next": 90})
    api.tell("GET", f"/api/agent-jobs/{ID}/", job(state="completed", result={"output": "done"}))
    done = interlock("task", "add", "--wait", "--command", "ls")
    lines = [line for line in done.out.split("\n") if "\r" not in line and line.strip()]
    assert done.code == 0
    assert "laying" not in "".join(lines)
    assert lines[-1] == "done"


def test_a_log_cannot_steer_the_terminal(terminal: None, interlock: Run, api: Api) -> None:
    api.tell("GET", f"/api/agent-jobs/{ID}/", job(state="completed"))
    chunk = {"id": 1, "stream": "stderr", "text": "\x1b]0;gotcha\x07oops", "at": "2026-05-04T10:00:00Z", "attempt": 1}
    api.tell("GET", f"/api/tasks/{ID}/logs/", {"results": [chunk], "next": 1}, {"results": [], "next": 1})
    assert interlock("task", "logs", ID).out == "\x1b[31m\\x1b]0;gotcha\\x07oops\x1b[0m\n"


def test_a_long_result_is_cut_and_says_how_to_see_all_of_it(terminal: None, interlock: Run, api: Api) -> None:
    api.tell("GET", f"/api/agent-jobs/{ID}/", job(state="completed", result={"output": "word " * 2000}))
    assert "6,000 characters more: --json shows all of it" in interlock("task", "show", ID).out.replace("\n", " ")


def test_the_headline_says_what_there_is_to_do_and_what_holds_it_back() -> None:
    assert watching.headline(QUEUE).plain == (
        "1 needs approval, 4,990 queued, 3 running · 3 of 10 slots taken · 1 worker online"
    )
    stuck = QUEUE | {
        "dispatcher": False,
        "everything_paused": False,
        "paused": ["acme"],
        "workers_online": 0,
        "states": {},
    }
    assert watching.headline(stuck).plain == (
        "nothing to do · 3 of 10 slots taken · 0 workers online · no dispatcher leads: nothing starts · paused: acme"
    )


def test_watching_all_shows_what_runs_first_and_fills_the_screen(
    terminal: None, interlock: Run, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.tell("GET", "/api/queue/", QUEUE)
    api.tell(
        "GET", "/api/tasks/", *({"results": [job(state=s)], "next": None} for s in ("running", "queued", "failed"))
    )

    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(watching.time, "sleep", interrupted)
    done = interlock("task", "watch")
    assert done.code == 130
    assert done.out.index("running") < done.out.index("failed")
    asked = [request.query for request in api.requests if request.path == "/api/tasks/"]
    assert [query["limit"] for query in asked] == ["16", "15", "14"]


def test_the_queue_says_how_long_the_oldest_has_waited(interlock: Run, api: Api) -> None:
    api.tell("GET", "/api/queue/", QUEUE)
    assert interlock("queue", "status").out.splitlines()[1:] == [
        "queued  4,990 P1",
        "oldest  waits for 2 m 14 s",
        "p90     held for 90% of 200 starts of the last day",
    ]
