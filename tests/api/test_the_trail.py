"""The log of events tells afterwards who asked for what and who ran it, whatever a request says of itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from tests.api.work import parked, problem, quick, submitted
from tests.platform import Platform
from tests.signing_in import make_user, signed_in

pytestmark = pytest.mark.requirement("P7")

WORKSPACE = "trail"


@pytest.fixture
def people(platform: Platform) -> Iterator[dict[str, httpx.Client]]:
    """Two who signed in to one workspace, by their names."""
    with ExitStack() as open_browsers:
        browsers = {}
        for name, role in (("olga", "operator"), ("adam", "admin")):
            make_user(platform, name, workspace=WORKSPACE, role=role)
            browser = open_browsers.enter_context(signed_in(platform, name))
            browser.headers["X-CSRFToken"] = browser.cookies["csrftoken"]
            browsers[name] = browser
        yield browsers


def told(platform: Platform, reader: httpx.Client, where: str, last: str) -> list[dict[str, Any]]:
    """The events there, once the last of them is of that kind; notes of progress are left out."""

    def events() -> list[dict[str, Any]] | None:
        seen: list[dict[str, Any]] = reader.get(where).json()["results"]
        steps = [event for event in seen if event["kind"] != "TaskProgress"]
        return steps if steps and steps[-1]["kind"] == last else None

    return platform.wait_for(events, what=last) or []


def test_it_names_who_asked_cancelled_retried_and_ran(platform: Platform, people: dict[str, httpx.Client]) -> None:
    olga, adam = people["olga"], people["adam"]
    job = submitted(olga, parked(workspace=WORKSPACE))
    where = f"/api/tasks/{job['id']}/"
    assert adam.post(f"{where}cancel/", json={"reason": "too dear"}).status_code == 200
    assert olga.post(f"{where}retry/").status_code == 200
    events = told(platform, adam, f"{where}events/", "TaskCompleted")
    worker = events[-1]["worker"]
    assert worker
    assert [(event["kind"], event["actor"], event["worker"]) for event in events] == [
        ("TaskEnqueued", "user:olga", None),
        ("TaskCancelled", "user:adam", None),
        ("TaskRetried", "user:olga", None),
        ("TaskStarted", f"worker:{worker}", worker),
        ("TaskCompleted", f"worker:{worker}", worker),
    ]
    assert events[1]["reason"] == "too dear"
    assert all(event["at"] and event["workspace"] == WORKSPACE for event in events)


def test_it_tells_who_had_stopped_what_ran_and_why(platform: Platform, people: dict[str, httpx.Client]) -> None:
    olga, adam = people["olga"], people["adam"]
    job = submitted(olga, quick(workspace=WORKSPACE, command=["sleep", "600"]))
    where = f"/api/tasks/{job['id']}/"
    platform.wait_for(lambda: olga.get(where).json()["state"] == "running")
    assert adam.post(f"{where}cancel/", json={"reason": "the wrong branch"}).status_code == 200
    *_, asked, last = told(platform, adam, f"{where}events/", "TaskCancelled")
    assert (asked["kind"], asked["actor"], asked["reason"]) == ("TaskCancelRequested", "user:adam", "the wrong branch")
    assert (last["reason"], last["actor"]) == ("the wrong branch", f"worker:{last['worker']}")


def test_it_names_who_changed_a_session_and_why(platform: Platform, people: dict[str, httpx.Client]) -> None:
    olga, adam = people["olga"], people["adam"]
    session = submitted(olga, parked(workspace=WORKSPACE))["session"]["id"]
    assert adam.post(f"/api/sessions/{session}/pause/", json={"reason": "a freeze"}).status_code == 200
    assert olga.post(f"/api/sessions/{session}/resume/").status_code == 200

    def changes() -> list[tuple[str, str, str]] | None:
        events = adam.get("/api/events/", params={"workspace": WORKSPACE, "limit": 1000}).json()["results"]
        found = [event for event in events if event["session"] == session and event["job"] is None]
        kinds = {event["kind"] for event in found}
        said = [(event["kind"], event["actor"], event["reason"]) for event in found]
        return said if "QueueResumed" in kinds else None

    assert platform.wait_for(changes) == [("QueuePaused", "user:adam", "a freeze"), ("QueueResumed", "user:olga", "")]


def test_no_request_says_who_asked(people: dict[str, httpx.Client]) -> None:
    olga = people["olga"]
    job = submitted(olga, parked(workspace=WORKSPACE))
    forged = {"actor": "user:adam", "reason": "it was he"}
    problem(olga.post(f"/api/tasks/{job['id']}/cancel/", json=forged), 400, "invalid_input")
    problem(olga.post("/api/tasks/", json=parked(submitted_by="user:adam")), 400, "invalid_spec")
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        problem(olga.request(method, "/api/events/"), 405, "method_not_allowed")
    olga.post(f"/api/tasks/{job['id']}/cancel/")
