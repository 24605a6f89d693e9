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


@pytest.mark.requirement("P3")
class TestItAsks:
    """A call that a rule asks about parks the job; the run goes on from the conversation as it was."""

    @pytest.fixture(autouse=True)
    def rule(self, own: httpx.Client) -> None:
        made = own.post("/api/policy/rules/", json={"order": 1, "tool": "echo", "verdict": "REQUIRE_APPROVAL"})
        assert made.status_code == 201, made.text

    def parked(self, platform: Platform, own: httpx.Client) -> tuple[dict[str, Any], dict[str, Any]]:
        """A job that waits, and the request that it waits for."""
        job = submitted(own, {"prompt": "Do it.", "model": "anthropic:scripted-1"})

        def waiting() -> list[dict[str, Any]]:
            found = own.get("/api/approvals/", params={"state": "waiting", "job": job["id"]}).json()["results"]
            return found if own.get(f"/api/tasks/{job['id']}/").json()["state"] == "suspended" else []

        [request] = platform.wait_for(waiting, ENDS_WITHIN, "a request for approval")
        return job, request

    def ended(self, platform: Platform, own: httpx.Client, job: dict[str, Any]) -> dict[str, Any]:
        def over() -> dict[str, Any] | None:
            now = own.get(f"/api/tasks/{job['id']}/").json()
            return now if now["state"] in ("completed", "failed", "cancelled") else None

        return platform.wait_for(over, ENDS_WITHIN, "the end of the job")

    def test_approved_it_goes_on_and_the_model_is_not_asked_again(
        self, platform: Platform, own: httpx.Client, peer: Provider
    ) -> None:
        peer.will(Answer("May I?", calls=[("echo", json.dumps({"text": "hello"}))]), Answer("It said hello."))
        job, request = self.parked(platform, own)
        assert (request["tool"], request["arguments"]) == ("echo", {"text": "hello"})
        kept = platform.sql("SELECT sealed FROM tasks_checkpoint WHERE job_id = %s", [job["id"]])
        assert len(kept) == 1 and b"hello" not in bytes(kept[0]["sealed"])

        answer = own.post(f"/api/approvals/{request['id']}/approve/", json={"version": request["version"]})
        assert answer.status_code == 200, answer.text

        now = self.ended(platform, own, job)
        assert (now["state"], now["attempt"], now["result"]["text"]) == ("completed", 2, "It said hello.")
        assert now["result"]["usage"]["turns"] == 2
        assert len(peer.headers) == 2, "one request a turn"
        assert platform.sql("SELECT 1 FROM tasks_checkpoint WHERE job_id = %s", [job["id"]]) == []

    def test_denied_the_model_reads_why(self, platform: Platform, own: httpx.Client, peer: Provider) -> None:
        peer.will(Answer("May I?", calls=[("echo", json.dumps({"text": "hello"}))]), Answer("Then not."))
        job, request = self.parked(platform, own)
        body = {"version": request["version"], "comment": "not today"}
        assert own.post(f"/api/approvals/{request['id']}/deny/", json=body).status_code == 200
        now = self.ended(platform, own, job)
        assert (now["state"], now["result"]["text"]) == ("completed", "Then not.")
        assert "not today" in json.dumps(peer.requests[-1])
