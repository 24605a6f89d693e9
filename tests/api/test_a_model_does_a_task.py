"""A task for a language model from submission to result, on a whole platform, with a provider on this machine."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.agents.runtimes.llm.dialects import DIALECTS, Answer
from tests.agents.runtimes.llm.provider import Provider, Refusal, Slow, provider
from tests.api.work import submitted
from tests.platform import Platform

pytestmark = pytest.mark.requirement("W6")
KEY = "canary-provider-key-4711-x9Qa"
ENDS_WITHIN = 60


@pytest.fixture
def peer() -> Iterator[Provider]:
    with provider(DIALECTS["anthropic"]) as told:
        yield told


@pytest.fixture
def own(platform: Platform, peer: Provider) -> httpx.Client:
    """The admin of a workspace of this test, which has a key for the provider."""
    api = platform.client("admin", f"models-{uuid.uuid4().hex[:8]}")
    body = {"provider": "anthropic", "key": KEY, "base_url": peer.url}
    assert api.post("/api/provider-keys/", json=body).status_code == 201
    return api


def asked(api: httpx.Client, **fields: Any) -> dict[str, Any]:
    return submitted(api, {"prompt": "Do it.", "model": "anthropic:scripted-1"} | fields, wait=ENDS_WITHIN)


def lines(api: httpx.Client, job: dict[str, Any]) -> list[tuple[str, str]]:
    return [(line["stream"], line["text"]) for line in api.get(f"/api/tasks/{job['id']}/logs/").json()["results"]]


def test_it_calls_a_tool_and_answers(platform: Platform, own: httpx.Client, peer: Provider) -> None:
    peer.will(Answer("Listening.", calls=[("echo", json.dumps({"text": "hello"}))]), Answer("It said hello."))

    job = asked(own)

    assert job["state"] == "completed", job
    assert job["result"]["text"] == "It said hello."
    assert job["result"]["usage"]["turns"] == 2
    assert lines(own, job) == [("model", "Listening."), ("system", "echo done."), ("model", "It said hello.")]
    [call] = own.get(f"/api/tasks/{job['id']}/calls/").json()["results"]
    assert (call["tool"], call["arguments"], call["state"]) == ("echo", {"text": "hello"}, "done")
    assert KEY in json.dumps(peer.headers[0])
    spec = own.get(f"/api/tasks/{job['id']}/spec/").json()
    assert spec["model"] == "anthropic:scripted-1"


@pytest.mark.requirement("J5")
def test_over_its_budget_it_fails_and_keeps_what_there_is(own: httpx.Client, peer: Provider) -> None:
    peer.will(Answer("On and on.", calls=[("echo", json.dumps({"text": "hello"}))], output_tokens=500))

    job = asked(own, limits={"tokens": 1000})

    assert (job["state"], job["error"]["code"]) == ("failed", "over_budget")
    assert job["result"]["text"] == "On and on."
    assert job["result"]["usage"]["output_tokens"] == 1000


@pytest.mark.requirement("Q10")
def test_a_cancel_closes_its_request(platform: Platform, own: httpx.Client, peer: Provider) -> None:
    peer.will(Slow(Answer("The first words of many words."), after=4))
    job = submitted(own, {"prompt": "Do it.", "model": "anthropic:scripted-1"})
    assert peer.waiting.wait(ENDS_WITHIN)

    own.post(f"/api/tasks/{job['id']}/cancel/")

    assert peer.gone.wait(ENDS_WITHIN)
    platform.wait_for(lambda: own.get(f"/api/tasks/{job['id']}/").json()["state"] == "cancelled")


@pytest.mark.requirement("T6")
def test_the_key_is_nowhere_in_clear(platform: Platform, own: httpx.Client, peer: Provider) -> None:
    peer.will(Answer("Done."), Refusal(401, f"The key {KEY} is wrong."))
    good, bad = asked(own), asked(own)
    assert (good["state"], bad["error"]["code"]) == ("completed", "model_key_refused")

    tables = platform.sql(
        "SELECT relname::text AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    for name in (row["name"] for row in tables):
        found = platform.sql(f'SELECT count(*) AS n FROM "{name}" t WHERE strpos(row_to_json(t)::text, %s) > 0', [KEY])
        assert found == [{"n": 0}], name
    for part in platform.running:
        assert KEY not in platform.log(part), part
    for path in ("", "logs/", "events/", "calls/", "spec/"):
        for job in (good, bad):
            assert KEY not in own.get(f"/api/tasks/{job['id']}/{path}").text
    assert (
        KEY
        not in own.get("/api/provider-keys/").text + own.get("/api/events/").text + own.get("/api/queue/export/").text
    )
    page = platform.browser("admin", own.get("/api/me/").json()["workspaces"][0]["slug"])
    assert KEY not in page.get(f"/tasks/{good['id']}/").text + page.get(f"/tasks/{bad['id']}/").text
