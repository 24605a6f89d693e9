"""Workers, the queue as a whole, who asks, and the schemas."""

from __future__ import annotations

import httpx
import pytest

from tests.api.work import parked, problem, submitted
from tests.platform import Platform

pytestmark = pytest.mark.requirement("I1")


def test_workers_tell_how_full_they_are_and_not_where_they_are(api: httpx.Client) -> None:
    workers = api.get("/api/workers/").json()["results"]
    assert workers
    for worker in workers:
        assert worker["state"] in ("online", "draining")
        assert 0 <= worker["used"] <= worker["slots"]
        assert worker["host"] is None and worker["pid"] is None
    assert len(api.get("/api/workers/?all=true").json()["results"]) >= len(workers)


def test_the_queue_counts_ones_own_workspace_and_everybodys_slots(platform: Platform) -> None:
    api = platform.client("viewer", "depth")
    operator = platform.client("operator", "depth")
    for priority in ("P0", "P2", "P2"):
        submitted(operator, parked(priority=priority))
    queue = api.get("/api/queue/").json()
    assert queue["workspaces"] == ["depth"]
    assert queue["states"]["queued"] == 3
    assert queue["queued_by_priority"] == {"P0": 1, "P1": 0, "P2": 2, "P3": 0, "P4": 0}
    assert queue["oldest_queued_seconds"] > 0
    assert queue["slots"]["total"] >= queue["slots"]["used"]
    assert queue["dispatcher"] and queue["workers_online"] > 0
    assert queue["paused"] == []
    problem(api.get("/api/queue/?workspace=default"), 404, "not_found")


def test_who_am_i(platform: Platform) -> None:
    me = platform.client("approver", "depth").get("/api/me/").json()
    assert me["actor"] == {"kind": "token", "label": "test"}
    assert [(each["slug"], each["role"]) for each in me["workspaces"]] == [("depth", "approver")]
    assert me["platform_admin"] is False


@pytest.mark.requirement("J6")
def test_the_schema_of_a_spec_is_open_to_all(platform: Platform) -> None:
    answer = httpx.get(f"{platform.url}/api/spec-schema/")
    assert answer.headers["Content-Type"] == "application/schema+json"
    assert answer.json()["$schema"].startswith("https://json-schema.org/draft/2020-12")
