"""`?wait=SECONDS`: the answer comes when the job is over or the time is, and nothing is held meanwhile."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.api.work import parked, problem, quick, submitted
from tests.platform import Platform

pytestmark = pytest.mark.requirement("I1")
MORE_THAN_CONNECTIONS = 40


def test_a_submission_that_waits_answers_with_the_result(api: httpx.Client) -> None:
    job = submitted(api, quick(command=["sh", "-c", "echo done"]), wait=30)
    assert (job["state"], job["result"]["output"]) == ("completed", "done")
    assert job["attempts"][0]["outcome"] == "completed"


def test_showing_waits_too(api: httpx.Client) -> None:
    job = submitted(api, quick(command=["sleep", "0.5"]))
    assert api.get(f"/api/tasks/{job['id']}/", params={"wait": 30}).json()["state"] == "completed"
    assert api.get(f"/api/agent-jobs/{job['id']}/", params={"wait": 30}).json()["state"] == "completed"


def test_when_the_time_is_over_the_job_is_shown_as_it_is(api: httpx.Client) -> None:
    job = submitted(api, parked())
    begun = time.monotonic()
    seen = api.get(f"/api/tasks/{job['id']}/", params={"wait": 1})
    assert seen.json()["state"] == "queued"
    assert 0.9 < time.monotonic() - begun < 10


@pytest.mark.parametrize("wait", ["61", "-1", "soon", "1.5"])
def test_a_wait_that_cannot_be_is_refused(api: httpx.Client, wait: str) -> None:
    assert problem(api.get("/api/tasks/x/", params={"wait": wait}), 400, "invalid_input")["errors"][0]["path"] == "wait"


def test_more_wait_than_there_are_connections_and_others_are_served(platform: Platform, api: httpx.Client) -> None:
    job = submitted(api, parked())
    limits = httpx.Limits(max_connections=MORE_THAN_CONNECTIONS)
    with (
        httpx.Client(base_url=api.base_url, headers=api.headers, timeout=60, limits=limits) as client,
        ThreadPoolExecutor(MORE_THAN_CONNECTIONS) as people,
    ):
        waiting = [
            people.submit(client.get, f"/api/tasks/{job['id']}/", params={"wait": 30})
            for _ in range(MORE_THAN_CONNECTIONS)
        ]
        assert api.get("/api/me/").status_code == 200
        open_transactions = platform.sql(
            "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() "
            "AND application_name = 'interlock-web' AND xact_start < now() - interval '2 seconds'"
        )
        assert open_transactions[0]["n"] == 0
        assert not all(each.done() for each in waiting)
        api.post(f"/api/tasks/{job['id']}/cancel/")
        assert {each.result(60).json()["state"] for each in waiting} == {"cancelled"}
