"""What machines do, now and over time; and what a running job uses."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.work import problem, submitted
from tests.platform import Platform

pytestmark = pytest.mark.requirement("R1")


def shown(api: httpx.Client, **query: Any) -> dict[str, Any]:
    answer = api.get("/api/resources/", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_each_worker_and_the_queue(platform: Platform, api: httpx.Client) -> None:
    def looks() -> dict[str, Any] | None:
        found = {machine["worker"]: machine for machine in shown(api)["machines"] if machine["looks"]}
        return found if None in found and len(found) > 1 else None

    found = platform.wait_for(looks, 30, "looks at the worker and the queue")
    [worker] = [machine for id, machine in found.items() if id is not None][:1]
    look = worker["looks"][-1]
    assert 0 < look["memory_percent"] <= 100
    assert look["disk_free_mb"] > 0
    assert worker["slots"] == 4
    assert found[None]["looks"][-1]["queued"] >= 0
    told = shown(api, worker=worker["worker"], step=60)
    assert [machine["worker"] for machine in told["machines"]] == [worker["worker"]]
    assert told["step_seconds"] == 60
    assert (told["closed_priorities"], told["maxima"]["memory_percent"]) == ([], 92)


def test_a_running_jobs_usage_is_true_within_a_heartbeat(platform: Platform, api: httpx.Client) -> None:
    script = "x = bytearray(60 << 20); import time; time.sleep(60)"
    job = submitted(api, {"command": ["python3", "-c", script]})
    try:

        def used() -> float:
            now = api.get(f"/api/tasks/{job['id']}/").json()
            return float(now["usage"]["max_rss_mb"] or 0) if now["state"] == "running" else 0

        assert platform.wait_for(lambda: used() > 60, 30, "its memory to be noted")
    finally:
        api.post(f"/api/tasks/{job['id']}/cancel/")


@pytest.mark.parametrize(
    "query",
    [
        {"since": "yesterday"},
        {"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"},
        {"since": "2020-01-01T00:00:00Z"},
        {"step": "0"},
        {"machine": "x"},
    ],
)
def test_what_cannot_be_is_refused(api: httpx.Client, query: dict[str, str]) -> None:
    problem(api.get("/api/resources/", params=query), 400, "invalid_input")


def test_a_worker_that_is_not_there(api: httpx.Client) -> None:
    problem(api.get("/api/resources/", params={"worker": "nobody"}), 404, "not_found")
