"""/api/agent-jobs/: the same resource for all four types."""

from __future__ import annotations

from uuid import uuid4

import httpx
import pytest

from tests.api.work import done, problem

pytestmark = [pytest.mark.requirement("J1"), pytest.mark.requirement("W8")]


def test_an_agent_is_made_given_work_healed_and_ended(api: httpx.Client) -> None:
    session = f"agents-{uuid4()}"

    def run(**spec: object) -> dict[str, object]:
        answer = api.post("/api/agent-jobs/", json={"session": session, **spec}, params={"wait": 30})
        assert answer.status_code == 201, answer.text
        job: dict[str, object] = answer.json()
        assert job["state"] == "completed", job
        return job

    made = run(type="spawn-agent", agent_type="qa", data={"name": f"reviewer-{session}"})
    agent = made["result"]["agent"]  # type: ignore[index]
    assert run(command=["true"], agent=agent)["agent"] == agent
    healed = run(type="recover-context", agent=agent)
    assert healed["priority"] == "P0"
    assert healed["result"]["revision"] == 2  # type: ignore[index]
    run(type="terminate-agent", agent=agent)
    types = {job["type"] for job in api.get("/api/agent-jobs/", params={"session": session}).json()["results"]}
    assert types == {"spawn-agent", "execute-task", "recover-context", "terminate-agent"}
    only = api.get("/api/agent-jobs/", params={"session": session, "type": "spawn-agent"}).json()["results"]
    assert [job["id"] for job in only] == [made["id"]]
    tasks = api.get("/api/tasks/", params={"session": session}).json()["results"]
    assert {job["type"] for job in tasks} == {"execute-task"}


def test_a_batch_and_an_unknown_type_are_refused(api: httpx.Client) -> None:
    problem(api.post("/api/agent-jobs/", json={"type": "make-tea"}), 400, "invalid_spec")
    problem(api.post("/api/agent-jobs/", json={"tasks": [{"command": ["a"]}]}), 400, "invalid_spec")


def test_a_task_is_the_same_thing_at_both_addresses(api: httpx.Client) -> None:
    job = done(api)
    assert api.get(f"/api/agent-jobs/{job['id']}/").json() == api.get(f"/api/tasks/{job['id']}/").json()
