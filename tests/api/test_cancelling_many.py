"""Cancel what a filter or ids select, and the receipt that fills up."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.work import UNKNOWN_ID, done, parked, problem, quick, submitted
from tests.platform import Platform

pytestmark = pytest.mark.requirement("Q10")
CANCEL = "/api/tasks/cancel/"
STUBBORN = ["sh", "-c", "trap '' TERM; while :; do sleep 0.1; done"]


def cancelled(api: httpx.Client, **body: Any) -> dict[str, Any]:
    answer = api.post(CANCEL, json=body)
    assert answer.status_code == 200, answer.text
    receipt: dict[str, Any] = answer.json()
    return receipt


def counted(receipt: dict[str, Any]) -> dict[str, int]:
    return {word: count for word, count in receipt["counts"].items() if count}


def complete(platform: Platform, api: httpx.Client, receipt: dict[str, Any]) -> dict[str, Any]:
    """The receipt when nothing of it runs any more."""

    def look() -> dict[str, Any] | None:
        now: dict[str, Any] = api.get(f"/api/cancellations/{receipt['id']}/").json()
        return now if now["done"] else None

    return platform.wait_for(look)


def state(api: httpx.Client, job: dict[str, Any]) -> str:
    return str(api.get(f"/api/tasks/{job['id']}/").json()["state"])


def test_a_filter_selects_and_leaves_the_others_alone(api: httpx.Client) -> None:
    ours, others = submitted(api, parked(tags=["batch-7"])), submitted(api, parked())
    receipt = cancelled(api, tag=["batch-7"], reason="not needed")
    assert counted(receipt) == {"never_started": 1}
    assert (receipt["done"], receipt["reason"], receipt["selection"]) == (True, "not needed", {"tag": ["batch-7"]})
    assert (state(api, ours), state(api, others)) == ("cancelled", "queued")


def test_what_runs_is_stopped_and_killed_only_where_it_must_be(platform: Platform, api: httpx.Client) -> None:
    session = parked()["session"]
    jobs = [submitted(api, quick(session=session, command=command)) for command in (["sleep", "600"], STUBBORN)]
    waiting = submitted(api, parked(session=session))
    platform.wait_for(lambda: all(state(api, job) == "running" for job in jobs))
    platform.wait_for(lambda: all(api.get(f"/api/tasks/{job['id']}/").json()["attempts"] for job in jobs))
    receipt = cancelled(api, session=session)
    assert counted(receipt) == {"never_started": 1, "stopping": 2}
    assert not receipt["done"]
    ended = complete(platform, api, receipt)
    assert ended["counts"]["never_started"] == 1
    assert ended["counts"]["stopped"] + ended["counts"]["killed"] == 2
    assert [state(api, job) for job in (*jobs, waiting)] == ["cancelled"] * 3
    listed = api.get(receipt["jobs"]).json()["results"]
    assert {each["id"] for each in listed} == {job["id"] for job in (*jobs, waiting)}
    assert listed[0] == {
        "id": waiting["id"],
        "title": waiting["title"],
        "state": "cancelled",
        "outcome": "never_started",
    }


def test_ids_choose_and_what_was_over_is_said(api: httpx.Client) -> None:
    over, waiting = done(api), submitted(api, parked())
    receipt = cancelled(api, ids=[over["id"], waiting["id"]])
    assert counted(receipt) == {"never_started": 1, "already_over": 1}
    assert state(api, over) == "completed"


def test_a_dry_run_tells_and_changes_nothing(api: httpx.Client) -> None:
    job = submitted(api, parked())
    receipt = cancelled(api, session=job["session"]["name"], dry_run=True)
    assert (receipt["id"], receipt["jobs"], counted(receipt)) == (None, None, {"never_started": 1})
    assert state(api, job) == "queued"


def test_a_later_retry_changes_nothing_in_the_receipt(api: httpx.Client) -> None:
    job = submitted(api, parked())
    receipt = cancelled(api, ids=[job["id"]])
    api.post(f"/api/tasks/{job['id']}/retry/")
    assert counted(api.get(f"/api/cancellations/{receipt['id']}/").json()) == {"never_started": 1}


def test_the_jobs_of_a_receipt_come_in_parts_and_by_outcome(api: httpx.Client) -> None:
    session = parked()["session"]
    for _ in range(5):
        submitted(api, parked(session=session))
    address: str | None = f"{cancelled(api, session=session)['jobs']}?limit=2&outcome=never_started"
    sizes = []
    while address:
        page = api.get(address).json()
        sizes.append(len(page["results"]))
        address = page["next"]
    assert sizes == [2, 2, 1]
    receipts = api.get("/api/cancellations/", params={"limit": 1}).json()
    assert counted(receipts["results"][0]) == {"never_started": 5}


def test_what_selects_nothing_is_a_receipt_of_nothing(api: httpx.Client) -> None:
    receipt = cancelled(api, session="nobody-has-this")
    assert (receipt["total"], receipt["done"]) == (0, True)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"workspace": "default"},
        {"reason": "because"},
        {"state": "asleep"},
        {"sessions": "x"},
        {"priority": 9},
        {"ids": ["nonsense"]},
        {"ids": "x"},
        {"all": "yes"},
        {"tag": [None]},
        {"created_after": "yesterday"},
    ],
)
def test_a_selection_that_cannot_be_is_refused_and_changes_nothing(api: httpx.Client, body: dict[str, Any]) -> None:
    job = submitted(api, parked())
    problem(api.post(CANCEL, json=body), 400, "invalid_input")
    assert state(api, job) == "queued"


def test_an_id_of_nobody_or_of_another_tenant_cancels_nothing(api: httpx.Client, stranger: httpx.Client) -> None:
    job, theirs = submitted(api, parked()), submitted(stranger, parked())
    for other in (UNKNOWN_ID, theirs["id"]):
        problem(api.post(CANCEL, json={"ids": [job["id"], other]}), 404, "not_found")
    assert (state(api, job), state(stranger, theirs)) == ("queued", "queued")


def test_another_tenants_receipt_is_not_there(api: httpx.Client, stranger: httpx.Client) -> None:
    receipt = cancelled(api, ids=[submitted(api, parked())["id"]])
    for part in ("", "jobs/"):
        problem(stranger.get(f"/api/cancellations/{receipt['id']}/{part}"), 404, "not_found")


def test_a_viewer_may_look_and_not_cancel(platform: Platform, api: httpx.Client) -> None:
    receipt = cancelled(api, ids=[submitted(api, parked())["id"]])
    viewer = platform.client("viewer", "default")
    assert viewer.get(f"/api/cancellations/{receipt['id']}/").status_code == 200
    problem(viewer.post(CANCEL, json={"all": True, "tag": "none-such"}), 403, "not_allowed")
