"""The worker under a language model goes away in the middle of a turn: the next attempt goes on from the turn before."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.agents.runtimes.llm.dialects import DIALECTS, Answer
from tests.agents.runtimes.llm.provider import Provider, Slow, provider
from tests.faults.work import assert_sound, start, submit, wait_until_over
from tests.platform import Platform

SECONDS = 60
FIRST_TURN = Answer("Listening.", calls=[("echo", json.dumps({"text": "hello"}))])


@pytest.fixture
def peer() -> Iterator[Provider]:
    with provider(DIALECTS["anthropic"]) as told:
        yield told.will(FIRST_TURN, Slow(Answer("The first words of many words."), after=4), Answer("It said hello."))


@pytest.mark.requirement("W3")
def test_when_it_is_told_to_stop_nothing_is_charged(fault_platform: Platform, peer: Provider) -> None:
    platform, job = in_its_second_turn(fault_platform, peer)
    assert platform.end("worker") == 0
    went_on_from_the_first_turn(platform, peer, job)
    [row] = platform.sql("SELECT failures, interruptions, attempt FROM tasks_agentjob")
    assert row == {"failures": 0, "interruptions": 0, "attempt": 2}


@pytest.mark.requirement("Q12")
def test_when_it_is_killed_no_turn_is_lost_that_was_over(fault_platform: Platform, peer: Provider) -> None:
    platform, job = in_its_second_turn(fault_platform, peer)
    platform.kill("worker")
    went_on_from_the_first_turn(platform, peer, job)


def in_its_second_turn(platform: Platform, peer: Provider) -> tuple[Platform, str]:
    start(platform, workers=1, concurrency=2)
    body = {"provider": "anthropic", "key": "a-key-of-a-test", "base_url": peer.url}
    assert platform.api.post("/api/provider-keys/", json=body).status_code == 201
    [job] = submit(platform, [{"prompt": "Do it.", "model": "anthropic:scripted-1"}])
    assert peer.waiting.wait(SECONDS)
    return platform, job


def went_on_from_the_first_turn(platform: Platform, peer: Provider, job: str) -> None:
    platform.start_worker(concurrency=2)
    assert wait_until_over(platform, [job]) == {"completed": 1}
    found = platform.api.get(f"/api/tasks/{job}/").json()
    assert found["result"]["text"] == "It said hello."
    assert len(peer.requests) == 3, "the first turn was asked for once"
    assert peer.requests[2]["messages"] == peer.requests[1]["messages"], "with the answer of its tool"
    [call] = platform.api.get(f"/api/tasks/{job}/calls/").json()["results"]
    assert (call["tool"], call["state"]) == ("echo", "done"), "once, or once more where it was pure and not yet written"
    assert_sound(platform)
