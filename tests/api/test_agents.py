"""Agents on a whole platform: their role and tools reach the model, and what was said is there again the next time."""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.agents.runtimes.llm.dialects import DIALECTS, Answer
from tests.agents.runtimes.llm.provider import Provider, Slow, provider
from tests.api.work import UNKNOWN_ID, problem
from tests.platform import Platform

pytestmark = pytest.mark.requirement("W8")
ENDS_WITHIN = 60
CLOCK = [sys.executable, "-m", "mcp_server_time", "--local-timezone", "UTC"]


@pytest.fixture
def peer() -> Iterator[Provider]:
    with provider(DIALECTS["anthropic"]) as told:
        yield told


@pytest.fixture
def own(platform: Platform, peer: Provider) -> httpx.Client:
    """The admin of a workspace of this test, which has a key for the provider."""
    api = platform.client("admin", f"agents-{uuid.uuid4().hex[:8]}")
    body = {"provider": "anthropic", "key": "sk-of-a-test", "base_url": peer.url}
    assert api.post("/api/provider-keys/", json=body).status_code == 201
    return api


def performed(api: httpx.Client, **spec: Any) -> dict[str, Any]:
    answer = api.post("/api/agent-jobs/", json=spec, params={"wait": ENDS_WITHIN})
    assert answer.status_code == 201, answer.text
    job: dict[str, Any] = answer.json()
    assert job["state"] == "completed", job
    return job


def asked(api: httpx.Client, prompt: str, **fields: Any) -> dict[str, Any]:
    spec = {"prompt": prompt, "model": "anthropic:scripted-1", "agent": "reviewer"} | fields
    return performed(api, **spec)


def one(api: httpx.Client, id: str) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"/api/agents/{id}/").json()
    return found


def test_from_its_making_to_its_end(platform: Platform, own: httpx.Client, peer: Provider) -> None:
    data = {"name": "reviewer", "role_prompt": "You watch birds.", "tools": ["echo", "sleep"]}
    made = performed(own, type="spawn-agent", agent_type="qa", data=data)
    id = made["result"]["agent"]
    assert [(each["id"], each["state"]) for each in own.get("/api/agents/").json()["results"]] == [(id, "idle")]

    long = {"text": "heron " * 500}
    peer.will(Answer(calls=[("echo", json.dumps(long))]), Answer("It was a heron."))
    assert asked(own, "Which bird?")["result"]["text"] == "It was a heron."
    assert "You watch birds." in json.dumps(peer.requests[0])
    assert peer.dialect.tools(peer.requests[0]) == ["echo", "sleep"]

    peer.will(Answer("Seen: a heron."), Answer("Still a heron."))
    small = {"context_window": 1000}
    result = asked(own, "And now?", model_settings=small)["result"]
    assert result["text"] == "Still a heron."
    last = json.dumps(peer.dialect.messages(peer.requests[-1]))
    assert "Which bird?" in last and "Seen: a heron." in last and "And now?" in last and "heron heron" not in last
    contexts = one(own, id)["contexts"]
    assert [(each["revision"], each["reason"]) for each in contexts] == [
        (4, "finished"),
        (3, "compressed"),
        (2, "finished"),
        (1, "spawned"),
    ]
    kinds = [each["data"] for each in own.get("/api/events/", params={"kind": "ContextRevised"}).json()["results"]]
    assert [each["why"] for each in kinds] == ["spawned", "finished", "compressed", "finished"]

    peer.will(Slow(Answer("The first words of many words."), after=4))
    spec = {"prompt": "Go on.", "model": "anthropic:scripted-1", "agent": "reviewer"}
    job = own.post("/api/tasks/", json=spec).json()
    assert peer.waiting.wait(ENDS_WITHIN)
    assert own.get("/api/agents/", params={"state": "busy"}).json()["results"][0]["id"] == id
    assert one(own, id)["jobs"] == {"running": 1}
    ended = performed(own, type="terminate-agent", agent="reviewer", data={"reason": "enough"})
    assert (ended["result"]["stopping"], ended["priority"]) == (1, "P0")
    assert peer.gone.wait(ENDS_WITHIN)
    platform.wait_for(lambda: own.get(f"/api/tasks/{job['id']}/").json()["state"] == "cancelled")
    assert one(own, id)["state"] == "terminated" and one(own, id)["role_prompt"] == "You watch birds."
    problem(own.post("/api/tasks/", json=spec), 409, "agent_terminated")
    retried = own.post(f"/api/tasks/{job['id']}/retry/", json={})
    assert retried.status_code == 200, retried.text

    def failed() -> dict[str, Any] | None:
        now = own.get(f"/api/tasks/{job['id']}/").json()
        return now if now["state"] == "failed" else None

    assert platform.wait_for(failed, ENDS_WITHIN)["error"]["code"] == "agent_terminated"


@pytest.mark.requirement("W13")
def test_a_model_calls_the_tools_of_a_server_by_a_glob(own: httpx.Client, peer: Provider) -> None:
    server = own.post("/api/tool-servers/", json={"name": "clock", "command": CLOCK}).json()
    assert own.post(f"/api/tool-servers/{server['id']}/refresh/", timeout=60).status_code == 200
    call = ("clock_get_current_time", json.dumps({"timezone": "UTC"}))
    peer.will(Answer(calls=[call]), Answer("It is late."))

    spec = {"prompt": "How late is it?", "model": "anthropic:scripted-1", "tools": ["clock.*", "email.read"]}
    job = performed(own, **spec)

    assert job["result"]["text"] == "It is late."
    offered = peer.dialect.tools(peer.requests[0])
    assert offered == ["clock_convert_time", "clock_get_current_time", "email_read"]
    assert "UTC" in json.dumps(peer.dialect.messages(peer.requests[1])[-1])
    [made] = own.get(f"/api/tasks/{job['id']}/calls/").json()["results"]
    assert (made["tool"], made["state"]) == ("clock.get_current_time", "done")
    for wrong in ("clock.*_tea", "clock.make_tea", "kettle.*"):
        refused = problem(own.post("/api/tasks/", json=spec | {"tools": ["echo", wrong]}), 400, "invalid_spec")
        assert [(each["code"], each["path"]) for each in refused["errors"]] == [("unknown_tool", "tasks[0].tools[1]")]


@pytest.mark.requirement("T2")
def test_of_another_workspace_it_is_not_there(platform: Platform, own: httpx.Client) -> None:
    made = performed(own, type="spawn-agent", data={"name": "reviewer"})
    others = platform.client("admin", f"agents-{uuid.uuid4().hex[:8]}")

    problem(others.get(f"/api/agents/{made['result']['agent']}/"), 404, "not_found")
    problem(others.get(f"/api/agents/{UNKNOWN_ID}/"), 404, "not_found")
    assert others.get("/api/agents/").json()["results"] == []
    body = {"command": ["true"], "agent": made["result"]["agent"]}
    problem(others.post("/api/tasks/", json=body), 400, "unknown_reference")
