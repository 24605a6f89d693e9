"""POST /api/tasks/batch/: many tasks, all or none."""

from __future__ import annotations

from uuid import uuid4

import httpx
import pytest

from tests.api.work import count, parked, problem, quick

pytestmark = pytest.mark.requirement("J9")


def test_the_jobs_come_in_the_order_of_the_tasks(api: httpx.Client) -> None:
    answer = api.post("/api/tasks/batch/", json={"tasks": [parked(title=f"number {n}") for n in range(20)]})
    assert answer.status_code == 201
    assert [job["title"] for job in answer.json()["results"]] == [f"number {n}" for n in range(20)]


@pytest.mark.requirement("J7")
def test_tasks_depend_on_each_other_by_key(api: httpx.Client) -> None:
    tasks = [quick(key="check", depends_on=["build"]), quick(key="build")]
    check, build = api.post("/api/tasks/batch/", json={"tasks": tasks}).json()["results"]
    assert check["depends_on"] == [build["id"]]
    ended = api.get(f"/api/tasks/{check['id']}/", params={"wait": 30}).json()
    assert ended["state"] == "completed"
    assert ended["started_at"] > api.get(f"/api/tasks/{build['id']}/").json()["completed_at"]


@pytest.mark.requirement("J7")
def test_a_circle_is_refused_and_named(own: httpx.Client) -> None:
    before = count(own)
    tasks = [quick(key="a", depends_on=["b"]), quick(key="b", depends_on=["a"])]
    refusal = problem(own.post("/api/tasks/batch/", json={"tasks": tasks}), 400, "invalid_spec")
    assert refusal["errors"][0]["code"] == "dependency_cycle"
    assert count(own) == before


def test_one_mistake_and_none_is_made(own: httpx.Client) -> None:
    before = count(own)
    tasks = [*(parked() for _ in range(10)), parked(priority=9)]
    refusal = problem(own.post("/api/tasks/batch/", json={"tasks": tasks}), 400, "invalid_spec")
    assert refusal["errors"][0]["path"] == "tasks[10].priority"
    tasks[-1] = parked(project="nowhere")
    problem(own.post("/api/tasks/batch/", json={"tasks": tasks}), 400, "unknown_reference")
    assert count(own) == before


def test_defaults_hold_for_every_task_and_yaml_is_taken(api: httpx.Client) -> None:
    body = "defaults: {session: nightly, priority: P2}\ntasks:\n- command: [echo, a]\n- command: [echo, b]\n"
    answer = api.post("/api/tasks/batch/", content=body, headers={"Content-Type": "application/yaml"})
    assert [(job["session"]["name"], job["priority"]) for job in answer.json()["results"]] == [("nightly", "P2")] * 2


def test_five_thousand_are_taken_at_once_and_one_more_is_not(api: httpx.Client) -> None:
    session = f"many-{uuid4()}"
    tasks = [{"command": ["true"], "session": session, "not_before": "2099-01-01T00:00:00Z"}] * 5_000
    answer = api.post("/api/tasks/batch/", json={"tasks": tasks}, timeout=120)
    assert answer.status_code == 201
    assert len({job["id"] for job in answer.json()["results"]}) == 5_000
    problem(api.post("/api/tasks/batch/", json={"tasks": [*tasks, tasks[0]]}), 413, "payload_too_large")
    closed = api.post(f"/api/sessions/{answer.json()['results'][0]['session']['id']}/close/", json={"mode": "cancel"})
    assert closed.json()["counts"]["cancelled"] == 5_000


@pytest.mark.requirement("T5")
def test_over_32_mebibytes_are_too_large(api: httpx.Client) -> None:
    body = b'{"tasks": [' + b" " * (32 * 1024 * 1024) + b"]}"
    answer = api.post("/api/tasks/batch/", content=body, headers={"Content-Type": "application/json"})
    assert "32 MiB" in problem(answer, 413, "payload_too_large")["detail"]


@pytest.mark.requirement("T5")
def test_one_job_of_a_batch_may_not_be_larger_than_a_job(own: httpx.Client) -> None:
    tasks = [parked(), parked(data={"text": "x" * 1024 * 1024})]
    refusal = problem(own.post("/api/tasks/batch/", json={"tasks": tasks}), 413, "payload_too_large")
    assert refusal["errors"][0]["path"] == "tasks[1]"
