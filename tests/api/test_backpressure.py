"""A full workspace answers 429 with `Retry-After`, and one that fills up warns."""

from __future__ import annotations

import httpx
import pytest

from tests.api.work import parked, problem, submitted
from tests.platform import Platform

pytestmark = [pytest.mark.requirement("Q11"), pytest.mark.requirement("T5")]


@pytest.fixture
def small(platform: Platform) -> httpx.Client:
    """In a workspace where three may wait."""
    client = platform.client("operator", "small")
    client.post("/api/tasks/cancel/", json={"all": True})
    platform.sql("UPDATE agents_workspace SET warn_pending = 1, max_pending = 3 WHERE slug = 'small'")
    return client


def test_it_warns_then_refuses(platform: Platform, small: httpx.Client) -> None:
    assert "Interlock-Warning" not in small.post("/api/tasks/", json=parked()).headers
    warned = small.post("/api/tasks/batch/", json={"tasks": [parked()]})
    assert warned.status_code == 201
    assert "2 jobs wait in the workspace small" in warned.headers["Interlock-Warning"]
    refused = small.post("/api/tasks/batch/", json={"tasks": [parked(), parked()]})
    problem(refused, 429, "queue_full")
    assert refused.headers["Retry-After"] == "60"
    submitted(small, parked())
    problem(small.post("/api/tasks/", json=parked()), 429, "queue_full")
    [pressure] = small.get("/api/queue/").json()["pressure"]
    assert pressure == {"workspace": "small", "warns_above": 1, "refuses_above": 3}
    said = platform.interlock(
        "task", "add", "--command", "--", "true", INTERLOCK_TOKEN=platform.token("operator", "small")
    )
    assert (said.returncode, "at most 3 may" in said.stderr) == (1, True)
