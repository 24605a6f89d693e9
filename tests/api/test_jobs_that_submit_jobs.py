"""Jobs that submit jobs and wait for them, on a whole platform: plans, and agents with a provider on this machine."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.agents.runtimes.llm.dialects import DIALECTS, Answer
from tests.agents.runtimes.llm.provider import Provider, provider
from tests.api.work import problem, submitted
from tests.platform import Platform

pytestmark = pytest.mark.requirement("J11")
ENDS_WITHIN = 60


@pytest.fixture
def own(platform: Platform) -> httpx.Client:
    """The admin of a workspace of this test, whose sessions run one job at a time."""
    slug = f"families-{uuid.uuid4().hex[:8]}"
    api = platform.client("admin", slug)
    api.get("/api/tasks/")
    platform.sql("UPDATE agents_workspace SET max_running_per_session = 1 WHERE slug = %s", [slug])
    return api


@pytest.fixture
def peer(own: httpx.Client) -> Iterator[Provider]:
    with provider(DIALECTS["anthropic"]) as told:
        body = {"provider": "anthropic", "key": "sk-of-a-test-0123456789", "base_url": told.url}
        assert own.post("/api/provider-keys/", json=body).status_code == 201
        yield told


def says(text: str, **more: Any) -> dict[str, Any]:
    return {"tool": "echo", "args": {"text": text}, "title": f"Say {text}", **more}


def calls(api: httpx.Client, job: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get(f"/api/tasks/{job['id']}/calls/").json()["results"]
    return found


def test_at_a_session_cap_of_one_a_plan_waits_for_three_tasks_of_its_own_session(own: httpx.Client) -> None:
    children = [says(word, key=word) for word in ("one", "two", "three")]
    children[2]["depends_on"] = ["one"]
    steps = [
        {"tool": "task.submit", "args": {"tasks": children}, "id": "work"},
        {"tool": "echo", "args": {"value": "${steps.work.tasks.2.result.result.text}"}},
    ]

    job = submitted(own, {"steps": steps, "session": "narrow"}, wait=ENDS_WITHIN)

    assert job["state"] == "completed", job
    assert job["result"]["result"] == {"value": "three"}
    assert [task["state"] for task in job["result"]["steps"][0]["tasks"]] == ["completed"] * 3
    assert [attempt["outcome"] for attempt in job["attempts"]] == ["suspended", "completed"]
    assert job["children"] == {"completed": 3}
    listed = own.get(f"/api/tasks/?parent={job['id']}").json()["results"]
    assert [each["parent"] for each in listed] == [job["id"]] * 3
    assert {each["session"]["name"] for each in listed} == {"narrow"}
    assert {each["submitted_by"]["kind"] for each in listed} == {"agent"}
    assert [call["state"] for call in calls(own, job)] == ["done", "done"]


def test_a_child_that_fails_is_a_result_that_its_parent_reads(own: httpx.Client) -> None:
    task = {"command": ["sh", "-c", "exit 3"], "limits": {"attempts": 1}}

    job = submitted(own, {"tool": "task.submit", "args": {"task": task}}, wait=ENDS_WITHIN)

    assert job["state"] == "completed", job
    [told] = job["result"]["result"]["tasks"]
    assert (told["state"], told["error"]["code"]) == ("failed", "exit_code")


def test_what_is_wrong_with_a_task_fails_the_step_and_names_the_place(own: httpx.Client) -> None:
    job = submitted(own, {"tool": "task.submit", "args": {"tasks": [says("x"), {"tool": "nothing.such"}]}}, wait=30)

    assert (job["state"], job["error"]["code"]) == ("failed", "invalid_spec")
    assert job["children"] == {}


def test_a_cancel_reaches_the_children_and_who_waits_says_for_how_many(platform: Platform, own: httpx.Client) -> None:
    tasks = [{"command": ["sleep", "300"], "session": f"own-{n}"} for n in range(2)]
    job = submitted(own, {"tool": "task.submit", "args": {"tasks": tasks}})

    def waits() -> bool:
        shown = own.get(f"/api/tasks/{job['id']}/").json()
        return shown["state"] == "suspended" and shown["children"] == {"running": 2}

    platform.wait_for(waits, ENDS_WITHIN, "the children to run")
    why = own.get(f"/api/tasks/{job['id']}/").json()["waiting_for"]
    assert why == {
        "code": "children",
        "sentence": "waits for the 2 jobs that it submitted",
        "limit": 2,
        "used": 0,
    }
    [call] = calls(own, job)
    assert call["state"] == "waits"

    assert own.post(f"/api/tasks/{job['id']}/cancel/").json()["outcome"] == "never_started"

    platform.wait_for(
        lambda: own.get(f"/api/tasks/{job['id']}/").json()["children"] == {"cancelled": 2}, ENDS_WITHIN, "the cancel"
    )


def test_a_planner_hands_work_to_two_agents_and_reads_what_they_did(own: httpx.Client, peer: Provider) -> None:
    tasks = [json.dumps({"task": {"prompt": f"Write part {part}.", "title": f"Part {part}"}}) for part in "AB"]
    plan = Answer("Two parts.", calls=[("task_submit", tasks[0]), ("task_submit", tasks[1])], output_tokens=50)
    peer.will(plan, Answer("Part one.", output_tokens=200), Answer("Part two.", output_tokens=300), Answer("All done."))

    model = {"model": "anthropic:scripted-1", "tools": ["task.*"]}
    job = submitted(own, {"prompt": "Write it.", "session": "team", **model}, wait=ENDS_WITHIN)

    assert job["state"] == "completed", job
    assert job["result"]["text"] == "All done."
    assert job["children"] == {"completed": 2}
    children = own.get(f"/api/tasks/?parent={job['id']}").json()["results"]
    assert {each["result"]["text"] for each in children} == {"Part one.", "Part two."}
    assert [call["tool"] for call in calls(own, job)] == ["task.submit", "task.submit"]
    told = json.dumps(peer.requests[-1])
    assert "Part one." in told and "Part two." in told
    assert own.get(f"/api/tasks/{job['id']}/").json()["usage"]["tokens"] == 75
    assert sum(own.get(f"/api/tasks/{each['id']}/").json()["usage"]["tokens"] for each in children) == 520


@pytest.mark.requirement("J5")
def test_what_its_children_used_is_gone_for_the_planner(own: httpx.Client, peer: Provider) -> None:
    task = json.dumps({"task": {"prompt": "Write.", "limits": {"tokens": 890}}})
    peer.will(
        Answer("Over to you.", calls=[("task_submit", task)]), Answer("Long.", output_tokens=880), Answer("Long.")
    )

    model = {"model": "anthropic:scripted-1", "tools": ["task.*"], "limits": {"tokens": 905}}
    job = submitted(own, {"prompt": "Write it.", **model}, wait=ENDS_WITHIN)

    assert (job["state"], job["error"]["code"]) == ("failed", "over_budget"), job
    assert job["children"] == {"completed": 1}
    assert len(peer.requests) == 2, "with nothing left the model is not asked again"


@pytest.mark.requirement("P3")
def test_submitting_may_take_a_persons_word_and_is_asked_about_once(platform: Platform, own: httpx.Client) -> None:
    rule = {"order": 1, "tool": "task.submit", "when": "true", "verdict": "REQUIRE_APPROVAL"}
    assert own.post("/api/policy/rules/", json=rule).status_code == 201
    job = submitted(own, {"tool": "task.submit", "args": {"tasks": [says("yes"), says("no")]}})

    def asked() -> list[dict[str, Any]]:
        found = own.get("/api/approvals/", params={"state": "waiting"}).json()["results"]
        return [each for each in found if each["job"]["id"] == job["id"]]

    [request] = platform.wait_for(asked, ENDS_WITHIN, "the request")
    edited = {"tasks": [says("yes")], "wait": True}
    said = own.post(f"/api/approvals/{request['id']}/approve/", json={"version": request["version"], "args": edited})
    assert said.status_code == 200, said.text

    over = own.get(f"/api/tasks/{job['id']}/", params={"wait": ENDS_WITHIN}).json()
    assert over["state"] == "completed", over
    assert [task["title"] for task in over["result"]["result"]["tasks"]] == ["Say yes"]
    assert [attempt["outcome"] for attempt in over["attempts"]] == ["suspended", "suspended", "completed"]


def test_the_id_of_a_parent_that_is_none_finds_nothing(own: httpx.Client) -> None:
    assert own.get("/api/tasks/?parent=nobody").json()["results"] == []


def test_a_job_that_there_is_not_cannot_be_waited_for(own: httpx.Client) -> None:
    job = submitted(own, {"tool": "task.wait", "args": {"ids": ["nobody"]}}, wait=30)

    assert (job["state"], job["error"]["code"]) == ("failed", "not_found")


def test_bad_arguments_are_refused_at_the_door(own: httpx.Client) -> None:
    answer = own.post("/api/tasks/", json={"tool": "task.submit", "args": {"wait": True}})

    assert "either `task` or `tasks`" in problem(answer, 400, "invalid_spec")["detail"]
