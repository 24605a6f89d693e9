"""Dead letters: found by why they failed, and retried all at once."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.work import UNKNOWN_ID, Job, parked, problem, quick, submitted
from tests.platform import Platform

pytestmark = pytest.mark.requirement("Q13")
RETRY = "/api/tasks/retry/"
BROKEN: Job = {"command": ["no-such-program-here"]}


def retried(api: httpx.Client, **body: Any) -> dict[str, Any]:
    answer = api.post(RETRY, json=body)
    assert answer.status_code == 200, answer.text
    done: dict[str, Any] = answer.json()
    return done


def failed(api: httpx.Client, session: str) -> Job:
    job = submitted(api, quick(session=session) | BROKEN, wait=30)
    assert (job["state"], job["error"]["kind"]) == ("failed", "permanent")
    return job


def test_what_failed_is_found_by_its_reason_and_retried(platform: Platform, api: httpx.Client) -> None:
    session = parked()["session"]
    jobs = [failed(api, session) for _ in range(2)]
    waiting = submitted(api, parked(session=session))
    asked = {"session": session, "error_kind": "permanent"}
    assert {job["id"] for job in api.get("/api/tasks/", params=asked).json()["results"]} == {job["id"] for job in jobs}
    assert api.get("/api/tasks/", params=asked | {"error_kind": "exhausted"}).json()["results"] == []
    done = retried(api, **asked)
    assert (done["retried"], set(done["jobs"]), done["refused"]) == (2, {job["id"] for job in jobs}, [])
    again = [api.get(f"/api/tasks/{job['id']}/", params={"wait": 30}).json() for job in jobs]
    assert [(job["state"], job["attempt"]) for job in again] == [("failed", 2)] * 2
    assert api.get(f"/api/tasks/{waiting['id']}/").json()["attempt"] == 0


def test_cancelled_ones_only_where_they_are_named(api: httpx.Client) -> None:
    job = submitted(api, parked())
    session = job["session"]["name"]
    api.post(f"/api/tasks/{job['id']}/cancel/")
    assert retried(api, session=session)["retried"] == 0
    assert retried(api, session=session, state="cancelled")["retried"] == 1
    assert api.get(f"/api/tasks/{job['id']}/").json()["state"] in ("queued", "running", "completed")


def test_who_cannot_be_retried_keeps_no_other_from_it(api: httpx.Client) -> None:
    waiting, cancelled = submitted(api, parked()), submitted(api, parked())
    closed = submitted(api, parked())
    api.post("/api/tasks/cancel/", json={"ids": [cancelled["id"], closed["id"]]})
    api.post(f"/api/sessions/{closed['session']['id']}/close/", json={})
    done = retried(api, ids=[waiting["id"], cancelled["id"], closed["id"]])
    assert done["jobs"] == [cancelled["id"]]
    assert {each["id"]: each["code"] for each in done["refused"]} == {
        waiting["id"]: "not_retriable",
        closed["id"]: "session_closed",
    }


def test_a_chain_is_retried_in_its_order(api: httpx.Client) -> None:
    session = parked()["session"]
    tasks = [
        {"key": "first", "session": session, **BROKEN},
        {"key": "second", "session": session, "command": ["true"], "depends_on": ["first"]},
    ]
    first, second = api.post("/api/tasks/batch/", json={"tasks": tasks}).json()["results"]
    for job in (first, second):
        assert api.get(f"/api/tasks/{job['id']}/", params={"wait": 30}).json()["state"] == "failed"
    assert retried(api, session=session)["retried"] == 2
    ended = api.get(f"/api/tasks/{second['id']}/", params={"wait": 30}).json()
    assert (ended["state"], ended["error"]["code"]) == ("failed", "dependency_failed")


@pytest.mark.parametrize("body", [{}, {"error_kind": "bad"}, {"workspace": "default"}, {"sessions": "x"}])
def test_a_selection_that_cannot_be_is_refused(api: httpx.Client, body: dict[str, Any]) -> None:
    problem(api.post(RETRY, json=body), 400, "invalid_input")


def test_ids_of_nobody_and_viewers_change_nothing(platform: Platform, api: httpx.Client) -> None:
    job = submitted(api, parked())
    api.post(f"/api/tasks/{job['id']}/cancel/")
    problem(api.post(RETRY, json={"ids": [job["id"], UNKNOWN_ID]}), 404, "not_found")
    problem(platform.client("viewer", "default").post(RETRY, json={"ids": [job["id"]]}), 403, "not_allowed")
    assert api.get(f"/api/tasks/{job['id']}/").json()["state"] == "cancelled"
