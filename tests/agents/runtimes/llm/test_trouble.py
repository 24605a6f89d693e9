"""What providers do on bad days, and what becomes of the job: each has its own way, with every provider."""

from __future__ import annotations

import asyncio
import json
import socket
import time

import pytest

from agents.runtimes.base import Answer as GateAnswer
from agents.runtimes.base import Budget
from agents.runtimes.failure import FailureKind
from agents.runtimes.llm.calling import REPAIRS
from tests.agents.runtimes.llm.conversation import KEY, Conversation
from tests.agents.runtimes.llm.dialects import Answer
from tests.agents.runtimes.llm.provider import Broken, Refusal, Slow

pytestmark = [pytest.mark.requirement("W6"), pytest.mark.requirement("Q15")]
DONE = Answer("Done.")
GONE_WITHIN = 1.0


def call(tool: str, **arguments: object) -> tuple[str, str]:
    return tool, json.dumps(arguments)


@pytest.mark.parametrize(
    ("wrong", "part"),
    [
        (call("files_read", file="notes.txt"), "path"),
        (call("files_red", path="notes.txt"), "files_red"),
    ],
    ids=["arguments", "tool"],
)
def test_a_wrong_call_goes_back_and_is_corrected(talk: Conversation, wrong: tuple[str, str], part: str) -> None:
    (talk.directory / "notes.txt").write_text("heron")

    result = talk.run(Answer(calls=[wrong]), Answer(calls=[call("files_read", path="notes.txt")]), DONE)

    assert result["text"] == "Done."
    assert part in json.dumps(talk.peer.dialect.messages(talk.peer.requests[1])[-1:])
    assert [(each.index, each.tool) for each in talk.host.asked] == [(1, "files.read")]


def test_arguments_that_are_no_json_go_back_and_are_corrected(talk: Conversation) -> None:
    if talk.peer.dialect.name == "google":
        pytest.skip("its arguments come as JSON, not as text")

    talk.run(Answer(calls=[("echo", '{"text": "one')]), Answer(calls=[call("echo", text="one")]), DONE)

    assert [each.arguments for each in talk.host.asked] == [{"text": "one"}]


def test_a_model_that_does_not_learn_is_stopped(talk: Conversation) -> None:
    failure = talk.fails(Answer("I try.", calls=[call("echo")]))

    assert (failure.kind, failure.code) == (FailureKind.PERMANENT, "bad_model_answers")
    assert len(talk.peer.requests) == REPAIRS + 1
    assert failure.data["partial"]["text"] == "I try."


def test_a_failed_tool_is_told_to_the_model_which_goes_on(talk: Conversation) -> None:
    result = talk.run(Answer(calls=[call("files_read", path="missing.txt")]), Answer("There is none."))

    assert result["text"] == "There is none."
    assert "missing.txt" in json.dumps(talk.peer.dialect.messages(talk.peer.requests[1])[-1:])


@pytest.mark.requirement("P2")
def test_a_refusal_of_the_policy_is_read_by_the_model_which_goes_on(talk: Conversation) -> None:
    talk.gate = lambda call: GateAnswer(proceed=False, refusal="Rule 7 blocks echo: no echoes.")

    result = talk.run(Answer(calls=[call("echo", text="one")]), Answer("Then not."))

    assert result["text"] == "Then not."
    assert "Rule 7 blocks echo" in json.dumps(talk.peer.dialect.messages(talk.peer.requests[1]))
    assert talk.results == []


@pytest.mark.parametrize(("stop", "code"), [("refused", "model_refused"), ("length", "answer_cut_off")])
def test_an_answer_that_was_refused_or_cut_off_fails_for_good_and_is_kept(
    talk: Conversation, stop: str, code: str
) -> None:
    failure = talk.fails(Answer("So far", stop=stop))

    assert (failure.kind, failure.code) == (FailureKind.PERMANENT, code)
    assert failure.data["partial"]["text"] == "So far"
    assert failure.data["partial"]["usage"]["output_tokens"] == 5


def test_a_refusal_without_a_word_is_one_too(talk: Conversation) -> None:
    assert talk.fails(Answer(stop="refused")).code == "model_refused"


@pytest.mark.parametrize(
    ("status", "code"), [(401, "model_key_refused"), (404, "unknown_model"), (400, "model_request_rejected")]
)
def test_what_will_not_go_better_is_not_tried_again(talk: Conversation, status: int, code: str) -> None:
    failure = talk.fails(Refusal(status, f"Not with {KEY} of yours."))

    assert (failure.kind, failure.code) == (FailureKind.PERMANENT, code)
    assert len(talk.peer.requests) == 1


def test_a_rate_limit_is_waited_for_as_long_as_the_provider_says(talk: Conversation) -> None:
    result = talk.run(Refusal(429, "Slow down.", retry_after="1"), DONE)

    assert result["text"] == "Done."
    first, second = talk.peer.times
    assert second - first >= 1
    assert talk.events == [f"{talk.peer.dialect.name} limits the rate of requests; asking again in 1 s."]
    assert result["usage"]["turns"] == 1


def test_a_rate_limit_that_outlasts_the_attempt_fails_it_at_once(talk: Conversation) -> None:
    begun = time.monotonic()
    failure = talk.fails(Refusal(429, "Slow down.", retry_after="3600"), budget=Budget(seconds=60, turns=20))

    assert (failure.kind, failure.code) == (FailureKind.TRANSIENT, "model_rate_limited")
    assert failure.data["retry_after"] == 3600
    assert time.monotonic() - begun < 30
    assert len(talk.peer.requests) == 1


@pytest.mark.parametrize("status", [500, 503])
def test_a_provider_that_stumbles_is_asked_again(talk: Conversation, status: int) -> None:
    assert talk.run(Refusal(status, "Oops.", retry_after="0"), DONE)["text"] == "Done."


def test_a_provider_that_stays_down_fails_the_attempt_which_may_be_made_again(talk: Conversation) -> None:
    failure = talk.fails(Refusal(500, "Oops.", retry_after="0"))

    assert (failure.kind, failure.code) == (FailureKind.TRANSIENT, "model_unavailable")
    assert "Oops" in failure.message
    assert len(talk.peer.requests) == 5


def test_an_answer_that_breaks_off_fails_the_attempt_and_is_kept(talk: Conversation) -> None:
    failure = talk.fails(Broken(Answer("The first words of many words."), after=5))

    assert (failure.kind, failure.code) == (FailureKind.TRANSIENT, "model_stream_broken")
    assert failure.data["partial"]["text"].startswith("The f")
    assert len(talk.peer.requests) == 1


def test_a_silent_provider_is_given_up(talk: Conversation) -> None:
    talk.silence = 0.3

    failure = talk.fails(Slow(Answer("The first words of many words."), after=5))

    assert (failure.kind, failure.code) == (FailureKind.TIMED_OUT, "model_timed_out")


def test_a_provider_that_is_not_there_fails_the_attempt_which_may_be_made_again(talk: Conversation) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound and not listening: whoever connects is refused
        talk.peer.url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        failure = talk.fails(DONE)

    assert (failure.kind, failure.code) == (FailureKind.TRANSIENT, "model_unreachable")


@pytest.mark.requirement("Q10")
def test_a_cancellation_closes_the_request_at_once(talk: Conversation) -> None:
    async def cancelled() -> float:
        attempt = asyncio.create_task(talk.begin(Slow(Answer("The first words of many words."), after=5)))
        assert await asyncio.to_thread(talk.peer.waiting.wait, 20)
        begun = time.monotonic()
        attempt.cancel()
        with pytest.raises(asyncio.CancelledError):
            await attempt
        assert await asyncio.to_thread(talk.peer.gone.wait, 20)
        return begun

    assert talk.peer.gone_at - asyncio.run(cancelled()) < GONE_WITHIN


@pytest.mark.requirement("Q10")
def test_a_cancellation_ends_a_pause(talk: Conversation) -> None:
    async def cancelled() -> None:
        attempt = asyncio.create_task(talk.begin(Refusal(429, retry_after="600")))
        while not talk.events:  # noqa: ASYNC110 - the log is a list
            await asyncio.sleep(0.01)
        attempt.cancel()
        with pytest.raises(asyncio.CancelledError):
            async with asyncio.timeout(GONE_WITHIN):
                await attempt

    asyncio.run(cancelled())
