"""Waiting jobs in another place: within their session, ahead of others, before everything; shown before, and undone."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.work import UNKNOWN_ID, Job, done, parked, problem, submitted
from tests.platform import Platform
from tests.signing_in import make_user, signed_in

pytestmark = pytest.mark.requirement("Q7")


def moved(api: httpx.Client, *jobs: Job, **where: Any) -> dict[str, Any]:
    answer = api.post("/api/tasks/move/", json={"ids": [job["id"] for job in jobs]} | where)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def line(api: httpx.Client, jobs: list[Job]) -> list[int]:
    """The numbers of the jobs in the order of their positions."""
    positions = [api.get(f"/api/tasks/{job['id']}/").json()["position"] for job in jobs]
    return sorted(range(len(jobs)), key=lambda number: positions[number])


@pytest.fixture
def jobs(api: httpx.Client) -> list[Job]:
    session = parked()["session"]
    return [submitted(api, parked(session=session, title=f"job {number}")) for number in range(4)]


def test_before_after_to_the_front_and_undone(api: httpx.Client, jobs: list[Job]) -> None:
    change = moved(api, jobs[3], before=jobs[1]["id"], reason="it is short")
    assert (change["moved"], change["jobs"], line(api, jobs)) == (1, [jobs[3]["id"]], [0, 3, 1, 2])
    moved(api, jobs[0], after=jobs[2]["id"])
    moved(api, jobs[2], to="front")
    assert line(api, jobs) == [2, 3, 1, 0]
    assert api.post(f"/api/undo/{change['undo']}/").json()["jobs"] == 1
    problem(api.post(f"/api/undo/{change['undo']}/"), 409, "undone_already")


def test_what_it_does_to_the_waits_is_shown_before(platform: Platform) -> None:
    mine = platform.client("operator", "previewed")
    slow = {"command": ["sleep", "60"], "session": "one by one"}
    jobs = [submitted(mine, slow | {"title": f"job {number}"}) for number in range(4)]
    platform.sql("UPDATE agents_session SET max_running = 1 WHERE name = %s", [slow["session"]])

    def waiting() -> list[Job]:
        now = [mine.get(f"/api/tasks/{job['id']}/").json() for job in jobs]
        return [job for job in now if job["state"] == "queued" and job["waiting_for"]["code"] == "session_cap"]

    try:
        left = platform.wait_for(lambda: len(waiting()) and waiting())
        order = [job["id"] for job in left]
        told = moved(mine, left[-1], to="front", dry_run=True)
        assert (told["undo"], told["moved"], told["jobs"]) == (None, 1, order[-1:])
        [effect] = told["effects"]["jobs"]
        assert effect["id"] == order[-1]
        assert len(order) == 1 or effect["after"] < effect["before"]
        assert [job["id"] for job in waiting()] == order
    finally:
        mine.post("/api/tasks/cancel/", json={"all": True})


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "invalid_input"),
        ({"ids": []}, "invalid_input"),
        ({"to": "middle"}, "invalid_input"),
        ({"to": "front", "before": UNKNOWN_ID}, "invalid_input"),
        ({"before": "no id"}, "invalid_input"),
        ({"to": "front", "scope": "planet"}, "invalid_input"),
        ({"to": "front", "ids": ["x"]}, "invalid_input"),
    ],
)
def test_what_cannot_be_moves_nothing(api: httpx.Client, jobs: list[Job], body: dict[str, Any], code: str) -> None:
    problem(api.post("/api/tasks/move/", json={"ids": [jobs[3]["id"]]} | body), 400, code)
    assert line(api, jobs) == [0, 1, 2, 3]


def test_refusals_have_their_codes(api: httpx.Client, jobs: list[Job]) -> None:
    def refused(job: Job, status: int, code: str, **where: Any) -> None:
        problem(api.post("/api/tasks/move/", json={"ids": [job["id"]]} | where), status, code)

    refused(done(api), 409, "not_waiting", to="front")
    refused(jobs[0], 404, "not_found", before=UNKNOWN_ID)
    other = submitted(api, parked(priority="low", session=jobs[0]["session"]["name"]))
    refused(other, 409, "another_priority", before=jobs[0]["id"])
    blocked = submitted(api, parked(session=jobs[0]["session"]["name"], depends_on=[jobs[1]["id"]]))
    refused(blocked, 409, "passes_dependency", before=jobs[1]["id"])
    refused(submitted(api, parked()), 409, "no_fixed_place", after=jobs[0]["id"])


def test_only_operators_of_the_workspace(
    platform: Platform, api: httpx.Client, stranger: httpx.Client, jobs: list[Job]
) -> None:
    body = {"ids": [jobs[0]["id"]], "to": "back"}
    problem(platform.client("viewer", "default").post("/api/tasks/move/", json=body), 403, "not_allowed")
    problem(stranger.post("/api/tasks/move/", json=body), 404, "not_found")
    assert line(api, jobs) == [0, 1, 2, 3]


@pytest.mark.requirement("Q8")
def test_an_override_is_for_platform_admins_and_undone_by_them(
    platform: Platform, api: httpx.Client, jobs: list[Job]
) -> None:
    body = {"ids": [jobs[2]["id"]], "reason": "production is down"}
    problem(api.post("/api/tasks/override/", json=body), 403, "not_allowed")
    problem(platform.client("admin", "default").post("/api/tasks/override/", json=body), 403, "not_allowed")
    make_user(platform, "over", superuser=True)
    with signed_in(platform, "over") as boss:
        boss.headers.update({"X-CSRFToken": boss.cookies["csrftoken"], "Referer": f"{platform.url}/"})
        problem(boss.post("/api/tasks/override/", json=body | {"reason": ""}), 400, "invalid_input")
        change = boss.post("/api/tasks/override/", json=body)
        assert change.status_code == 200, change.text
        assert line(api, jobs) == [2, 0, 1, 3]
        undo = f"/api/undo/{change.json()['undo']}/"
        problem(api.post(undo), 403, "not_allowed")
        assert boss.post(undo).json()["jobs"] == 1
    assert line(api, jobs) == [0, 1, 2, 3]
