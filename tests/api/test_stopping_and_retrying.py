"""Cancel, retry, and DELETE that keeps the record."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.api.work import UNKNOWN_ID, done, parked, problem, quick, submitted
from tests.platform import Platform


@pytest.mark.requirement("Q10")
def test_a_waiting_job_is_cancelled_at_once_and_the_reason_is_on_record(platform: Platform, api: httpx.Client) -> None:
    job = submitted(api, parked())
    receipt = api.post(f"/api/tasks/{job['id']}/cancel/", json={"reason": "not needed"}).json()
    assert (receipt["state"], receipt["outcome"]) == ("cancelled", "never_started")
    assert receipt["cancel_requested_at"]

    def cancelled() -> list[dict[str, str]]:
        events = api.get(f"/api/tasks/{job['id']}/events/").json()["results"]
        return [event for event in events if event["kind"] == "TaskCancelled"]

    event = platform.wait_for(cancelled)[0]
    assert (event["reason"], event["actor"].partition(":")[0]) == ("not needed", "token")


@pytest.mark.requirement("Q10")
def test_a_running_job_is_asked_to_stop_and_ends(platform: Platform, api: httpx.Client) -> None:
    job = submitted(api, quick(command=["sleep", "600"]))
    where = f"/api/tasks/{job['id']}/"
    platform.wait_for(lambda: api.get(where).json()["state"] == "running")
    receipt = api.post(f"{where}cancel").json()
    assert (receipt["state"], receipt["outcome"]) == ("running", "stopping")
    assert api.get(where, params={"wait": 20}).json()["state"] == "cancelled"


@pytest.mark.requirement("Q10")
def test_what_is_over_cannot_be_cancelled(api: httpx.Client) -> None:
    job = done(api)
    assert "completed" in problem(api.post(f"/api/tasks/{job['id']}/cancel/"), 409, "already_over")["detail"]


@pytest.mark.requirement("I1")
def test_delete_cancels_and_keeps_the_record(api: httpx.Client) -> None:
    job = api.post("/api/agent-jobs/", json=parked()).json()
    receipt = api.request("DELETE", f"/api/agent-jobs/{job['id']}/", json={"reason": "gone"})
    assert (receipt.status_code, receipt.json()["outcome"]) == (200, "never_started")
    assert api.get(f"/api/agent-jobs/{job['id']}/").json()["state"] == "cancelled"


@pytest.mark.requirement("Q13")
def test_a_cancelled_job_is_retried(api: httpx.Client) -> None:
    job = submitted(api, parked())
    api.post(f"/api/tasks/{job['id']}/cancel/")
    again = api.post(f"/api/tasks/{job['id']}/retry/")
    assert (again.status_code, again.json()["state"]) == (200, "queued")
    assert api.get(f"/api/tasks/{job['id']}/", params={"wait": 30}).json()["state"] == "completed"


@pytest.mark.requirement("Q13")
def test_what_completed_is_not_retried(api: httpx.Client) -> None:
    problem(api.post(f"/api/tasks/{done(api)['id']}/retry/"), 409, "not_retriable")


@pytest.mark.requirement("J10")
def test_a_job_of_a_closed_session_is_not_retried(api: httpx.Client) -> None:
    job = submitted(api, parked())
    api.post(f"/api/sessions/{job['session']['id']}/close/", json={"mode": "cancel"})
    problem(api.post(f"/api/tasks/{job['id']}/retry/"), 409, "session_closed")


@pytest.mark.requirement("I1")
@pytest.mark.parametrize("verb", ["cancel", "retry"])
def test_a_body_that_cannot_be_is_refused_and_changes_nothing(api: httpx.Client, verb: str) -> None:
    job = submitted(api, parked())
    where = f"/api/tasks/{job['id']}/{verb}/"
    problem(api.post(where, content=b"{", headers={"Content-Type": "application/json"}), 400, "invalid_json")
    problem(api.post(where, json=[]), 400, "invalid_input")
    refusal = problem(api.post(where, json={"why": "x"}), 400, "invalid_input")
    assert refusal["errors"][0]["code"] == "unknown_field"
    problem(
        api.post(where, content=b"a: b", headers={"Content-Type": "application/yaml"}), 415, "unsupported_media_type"
    )
    problem(api.post(where, json={"reason": "x" * 70_000}), 413, "too_large")
    assert api.get(f"/api/tasks/{job['id']}/").json()["state"] == "queued"


@pytest.mark.requirement("I1")
@pytest.mark.parametrize("reason", [5, None, ["a"], "x" * 501, "\ud800", "\x00"])
def test_a_reason_that_cannot_be_is_refused(api: httpx.Client, reason: object) -> None:
    job = submitted(api, parked())
    body = json.dumps({"reason": reason})
    headers = {"Content-Type": "application/json"}
    answer = api.post(f"/api/tasks/{job['id']}/cancel/", content=body, headers=headers)
    assert answer.status_code == 400, answer.text
    assert api.get(f"/api/tasks/{job['id']}/").json()["state"] == "queued"


@pytest.mark.requirement("I1")
@pytest.mark.parametrize("id", [UNKNOWN_ID, "nonsense", "%00", "a%ff", "x" * 300, "{}"])
@pytest.mark.parametrize("what", ["", "cancel/", "retry/", "logs/", "events/", "calls/", "spec/"])
def test_an_id_that_nobody_has_is_not_found(api: httpx.Client, id: str, what: str) -> None:
    method = "POST" if what in ("cancel/", "retry/") else "GET"
    problem(api.request(method, f"/api/tasks/{id}/{what}"), 404, "not_found")
