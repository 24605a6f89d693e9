"""/api/sessions/: seen, paused, closed."""

from __future__ import annotations

from uuid import uuid4

import httpx
import pytest

from tests.api.work import UNKNOWN_ID, parked, problem, quick, submitted
from tests.platform import Platform


@pytest.fixture
def session(api: httpx.Client) -> str:
    """The address of a session with one job that is queued."""
    return f"/api/sessions/{submitted(api, parked())['session']['id']}/"


@pytest.mark.requirement("J10")
def test_a_closed_session_drains_and_takes_no_more(platform: Platform, api: httpx.Client) -> None:
    name = f"draining-{uuid4()}"
    job = submitted(api, quick(session=name, command=["sleep", "0.5"]))
    closed = api.post(f"/api/sessions/{job['session']['id']}/close/", json={"mode": "drain"}).json()
    assert closed["closed_at"]
    problem(api.post("/api/tasks/", json=quick(session=name)), 409, "session_closed")
    assert api.get(f"/api/tasks/{job['id']}/", params={"wait": 30}).json()["state"] == "completed"


@pytest.mark.requirement("J10")
def test_a_session_is_closed_with_all_its_jobs_cancelled(api: httpx.Client, session: str) -> None:
    closed = api.post(f"{session}close/", json={"mode": "cancel", "reason": "over"}).json()
    assert (closed["counts"]["queued"], closed["counts"]["cancelled"]) == (0, 1)


@pytest.mark.requirement("Q9")
def test_a_paused_session_starts_nothing_until_it_is_resumed(api: httpx.Client) -> None:
    name = f"paused-{uuid4()}"
    first = submitted(api, parked(session=name))
    where = f"/api/sessions/{first['session']['id']}/"
    assert api.post(f"{where}pause/", json={"reason": "lunch"}).json()["paused_at"]
    job = submitted(api, quick(session=name))
    assert api.get(f"/api/tasks/{job['id']}/", params={"wait": 1}).json()["waiting_for"]["code"] == "paused"
    assert api.post(f"{where}resume/").json()["paused_at"] is None
    ended = api.get(f"/api/tasks/{job['id']}/", params={"wait": 30})
    assert ended.status_code == 200, ended.text
    assert ended.json()["state"] == "completed"


@pytest.mark.requirement("I1")
def test_sessions_are_listed_part_by_part_and_filtered(platform: Platform) -> None:
    api = platform.client("admin", "sessions")
    names = [f"s{n}" for n in range(5)]
    ids = [submitted(api, parked(session=name))["session"]["id"] for name in names]
    api.post(f"/api/sessions/{ids[0]}/close/")
    api.post(f"/api/sessions/{ids[1]}/pause/")
    seen: list[str] = []
    address: str | None = "/api/sessions/?limit=2"
    while address:
        page = api.get(address).json()
        seen += [each["name"] for each in page["results"]]
        address = page["next"]
    assert seen == names[::-1]

    def found(query: str) -> set[str]:
        return {each["name"] for each in api.get(f"/api/sessions/?{query}").json()["results"]}

    assert found("is=closed") == {"s0"}
    assert found("is=paused") == {"s1"}
    assert found("is=open&is=paused") == {"s1"}
    assert found("name=s3") == {"s3"}
    assert found("project=nowhere") == set()
    problem(api.get("/api/sessions/?is=asleep"), 400, "invalid_input")


@pytest.mark.requirement("I1")
def test_what_cannot_be_is_refused(api: httpx.Client, session: str) -> None:
    refusal = problem(api.post(f"{session}close/", json={"mode": "hard"}), 400, "invalid_input")
    assert refusal["errors"][0]["path"] == "mode"
    problem(api.post(f"{session}resume/", json={"reason": "x"}), 400, "invalid_input")
    for verb in ("close", "pause", "resume"):
        problem(api.post(f"/api/sessions/{UNKNOWN_ID}/{verb}/"), 404, "not_found")
    assert api.get(session).json()["closed_at"] is None
