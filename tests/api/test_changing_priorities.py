"""Priorities of waiting jobs: one, many, and undone."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.work import UNKNOWN_ID, Job, done, parked, problem, submitted
from tests.platform import Platform

pytestmark = pytest.mark.requirement("Q8")


def priority(api: httpx.Client, job: Job) -> str:
    return str(api.get(f"/api/tasks/{job['id']}/").json()["priority"])


def changed(api: httpx.Client, address: str, **body: Any) -> dict[str, Any]:
    answer = api.post(address, json=body)
    assert answer.status_code == 200, answer.text
    change: dict[str, Any] = answer.json()
    return change


def test_one_job_with_a_reason_on_record(platform: Platform, api: httpx.Client) -> None:
    job = submitted(api, parked(priority="low"))
    change = changed(api, f"/api/tasks/{job['id']}/priority/", priority="P0", reason="the release waits for it")
    assert (change["changed"], change["priority"], priority(api, job)) == (1, "P0", "P0")

    def told() -> list[dict[str, Any]]:
        events = api.get(f"/api/tasks/{job['id']}/events/").json()["results"]
        return [event for event in events if event["kind"] == "PriorityChanged"]

    event = platform.wait_for(told)[0]
    assert event["reason"] == "the release waits for it"
    assert event["data"] == {"before": 3, "after": 0}


def test_many_by_a_filter_and_undone_once(api: httpx.Client) -> None:
    session = parked()["session"]
    jobs = [submitted(api, parked(session=session, priority=said)) for said in ("high", "low", "critical")]
    change = changed(api, "/api/tasks/priority/", session=session, to="critical")
    assert change["changed"] == 2
    assert [priority(api, job) for job in jobs] == ["P0"] * 3
    assert api.post(f"/api/undo/{change['undo']}/").json()["jobs"] == 2
    assert [priority(api, job) for job in jobs] == ["P1", "P3", "P0"]
    problem(api.post(f"/api/undo/{change['undo']}/"), 409, "undone_already")


def test_undoing_leaves_what_somebody_changed_since(api: httpx.Client) -> None:
    first, second = submitted(api, parked()), submitted(api, parked())
    ids = [first["id"], second["id"]]
    change = changed(api, "/api/tasks/priority/", ids=ids, to="P0")
    changed(api, f"/api/tasks/{second['id']}/priority/", priority="P4")
    assert api.post(f"/api/undo/{change['undo']}/").json()["jobs"] == 1
    assert (priority(api, first), priority(api, second)) == ("P1", "P4")


def test_what_does_not_wait_is_refused(api: httpx.Client) -> None:
    problem(api.post(f"/api/tasks/{done(api)['id']}/priority/", json={"priority": "P0"}), 409, "not_waiting")


@pytest.mark.parametrize("body", [{}, {"priority": "urgent"}, {"priority": 9}, {"priority": True}, {"to": "P0"}])
def test_a_priority_that_cannot_be_changes_nothing(api: httpx.Client, body: dict[str, Any]) -> None:
    job = submitted(api, parked())
    problem(api.post(f"/api/tasks/{job['id']}/priority/", json=body), 400, "invalid_input")
    problem(api.post("/api/tasks/priority/", json={"to": "P0"}), 400, "invalid_input")
    assert priority(api, job) == "P1"


def test_only_operators_of_the_workspace(platform: Platform, api: httpx.Client, stranger: httpx.Client) -> None:
    job = submitted(api, parked())
    change = changed(api, f"/api/tasks/{job['id']}/priority/", priority="P0")
    where = f"/api/tasks/{job['id']}/priority/"
    problem(platform.client("viewer", "default").post(where, json={"priority": "P4"}), 403, "not_allowed")
    problem(stranger.post(where, json={"priority": "P4"}), 404, "not_found")
    problem(stranger.post(f"/api/undo/{change['undo']}/"), 404, "not_found")
    problem(api.post(f"/api/undo/{UNKNOWN_ID}/"), 404, "not_found")
    assert priority(api, job) == "P0"
