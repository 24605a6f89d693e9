"""GET /api/tasks/: the newest first, filtered, part by part."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.work import parked, problem, quick, submitted
from tests.platform import Platform

pytestmark = pytest.mark.requirement("I1")


def titles(api: httpx.Client, **query: Any) -> set[str]:
    answer = api.get("/api/tasks/", params={"limit": 200, **query})
    assert answer.status_code == 200, answer.text
    return {job["title"] for job in answer.json()["results"]}


@pytest.fixture(scope="module")
def shelf(platform: Platform) -> httpx.Client:
    """A workspace with these jobs and no others."""
    api = platform.client("admin", "shelf")
    for spec in (
        parked(title="alpha beta", session="one", priority="P0", tags=["x", "y"], description="the red fox"),
        parked(title="gamma", session="one", priority="P2", tags=["x"], agent_type="qa"),
        parked(title="delta", session="two", tool="echo", args={"value": 1}, command=None),
        quick(title="epsilon", session="two"),
    ):
        submitted(api, {name: value for name, value in spec.items() if value is not None})
    last = api.get("/api/tasks/", params={"q": "epsilon"}).json()["results"][0]
    api.get(f"/api/tasks/{last['id']}/", params={"wait": 30})
    return api


FILTERS: list[tuple[dict[str, Any], set[str]]] = [
    ({}, {"alpha beta", "gamma", "delta", "epsilon"}),
    ({"state": "completed"}, {"epsilon"}),
    ({"state": ["completed", "queued"]}, {"alpha beta", "gamma", "delta", "epsilon"}),
    ({"state": "completed,failed"}, {"epsilon"}),
    ({"session": "one"}, {"alpha beta", "gamma"}),
    ({"session": "nowhere"}, set()),
    ({"agent_type": "qa"}, {"gamma"}),
    ({"tag": "x"}, {"alpha beta", "gamma"}),
    ({"tag": ["x", "y"]}, {"alpha beta"}),
    ({"priority": "critical"}, {"alpha beta"}),
    ({"priority": ["P0", "3"]}, {"alpha beta", "gamma"}),
    ({"runtime": "plan"}, {"delta"}),
    ({"tool": "echo"}, {"delta"}),
    ({"q": "BETA fox"}, {"alpha beta"}),
    ({"q": "beta wolf"}, set()),
    ({"project": "nowhere"}, set()),
    ({"workspace": "shelf"}, {"alpha beta", "gamma", "delta", "epsilon"}),
    ({"workspace": "default"}, set()),
    ({"created_after": "2099-01-01"}, set()),
    ({"created_before": "2020-01-01T00:00:00Z"}, set()),
    ({"created_after": "2020-01-01T00:00:00+01:00", "state": "queued", "session": "two"}, {"delta"}),
]


@pytest.mark.parametrize(
    ("query", "expected"), FILTERS, ids=lambda value: str(sorted(value) if isinstance(value, set) else value)
)
def test_a_filter_selects(shelf: httpx.Client, query: dict[str, Any], expected: set[str]) -> None:
    assert titles(shelf, **query) == expected


def test_a_session_is_found_by_its_id(shelf: httpx.Client) -> None:
    session = shelf.get("/api/sessions/", params={"name": "one"}).json()["results"][0]
    assert titles(shelf, session=session["id"]) == {"alpha beta", "gamma"}


def test_the_list_is_told_part_by_part_and_the_newest_first(shelf: httpx.Client) -> None:
    seen: list[str] = []
    address: str | None = "/api/tasks/?limit=1&session=one"
    while address:
        page = shelf.get(address).json()
        seen += [job["title"] for job in page["results"]]
        address = page["next"]
        assert address is None or "session=one" in address
    assert seen == ["gamma", "alpha beta"]


def test_what_comes_meanwhile_moves_nothing(platform: Platform) -> None:
    api = platform.client("admin", "growing")
    for n in range(4):
        submitted(api, parked(title=f"old {n}"))
    first = api.get("/api/tasks/", params={"limit": 2}).json()
    submitted(api, parked(title="new"))
    second = api.get(first["next"]).json()
    assert [job["title"] for job in first["results"] + second["results"]] == ["old 3", "old 2", "old 1", "old 0"]
    assert second["next"] is None


@pytest.mark.requirement("Q6")
@pytest.mark.requirement("Q5")
def test_each_queued_job_says_its_place_and_why_it_waits(platform: Platform) -> None:
    api = platform.client("admin", "explained")
    for _ in range(3):
        submitted(api, parked(session="line"))
    jobs = api.get("/api/tasks/", params={"state": "queued"}).json()["results"]
    assert sorted(job["position"] for job in jobs) == [1, 2, 3]
    assert {job["waiting_for"]["code"] for job in jobs} == {"retry_delay"}
    session = jobs[0]["session"]["id"]
    api.post(f"/api/sessions/{session}/pause/", json={"reason": "lunch"})
    seen = api.get(f"/api/tasks/{jobs[0]['id']}/").json()
    assert seen["waiting_for"]["code"] == "paused"
    assert "line" in seen["waiting_for"]["sentence"]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"stat": "queued"}, "stat"),
    ({"state": "asleep"}, "state"),
    ({"priority": "9"}, "priority"),
    ({"limit": "0"}, "limit"),
    ({"limit": "201"}, "limit"),
    ({"limit": ["1", "2"]}, "limit"),
    ({"limit": "²"}, "limit"),
    ({"cursor": "next"}, "cursor"),
    ({"created_after": "yesterday"}, "created_after"),
    ({"runtime": "basic"}, "runtime"),
    ({"agent_type": "boss"}, "agent_type"),
    ({"q": "\x00"}, "q"),
    ({"tag": "\x00"}, "tag"),
    ({"session": "x" * 2000}, "session"),
    ({"type": "spawn-agent"}, "type"),
]


@pytest.mark.parametrize(("query", "name"), WRONG, ids=lambda value: str(value)[:40])
def test_a_parameter_that_cannot_be_is_refused_by_name(api: httpx.Client, query: dict[str, Any], name: str) -> None:
    refusal = problem(api.get("/api/tasks/", params=query), 400, "invalid_input")
    assert name in {error["path"] for error in refusal["errors"]}
    assert name in refusal["detail"]


def test_a_mistyped_parameter_is_recognized(api: httpx.Client) -> None:
    assert "did you mean session?" in problem(api.get("/api/tasks/?sesion=a"), 400, "invalid_input")["detail"]
