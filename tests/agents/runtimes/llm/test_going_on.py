"""A later attempt goes on where an earlier one was, with the same calls under the same indices."""

from __future__ import annotations

import json

import pytest

from agents.runtimes.base import Answer as GateAnswer
from agents.runtimes.base import Call, Suspend
from agents.runtimes.failure import FailureKind
from tests.agents.runtimes.llm.conversation import Conversation
from tests.agents.runtimes.llm.dialects import Answer

pytestmark = [pytest.mark.requirement("W6"), pytest.mark.requirement("W7")]


def echo(text: str) -> tuple[str, str]:
    return "echo", json.dumps({"text": text})


TWO, ONE = Answer("Two calls.", calls=[echo("one"), echo("two")]), Answer(calls=[echo("three")])


def test_each_answer_is_handed_to_the_host_before_its_calls_run(talk: Conversation) -> None:
    calls_at_each: list[int] = []
    talk.gate = lambda call: calls_at_each.append(len(talk.host.kept)) or GateAnswer(proceed=True)  # type: ignore[func-returns-value]

    talk.run(TWO, ONE, Answer("Done."))

    assert len(talk.host.kept) == 3
    assert calls_at_each == [1, 1, 2]


def test_recorded_calls_are_taken_and_the_others_run(talk: Conversation) -> None:
    talk.run(TWO, ONE, Answer("Done."))
    kept = talk.host.kept[1]

    def recorded(call: Call) -> GateAnswer:
        return GateAnswer(proceed=True, recorded_result={"text": "from the journal"}, has_recorded_result=True)

    talk.gate = recorded
    result = talk.run(Answer("Done again."), resume=kept)

    assert result["text"] == "Done again."
    assert [(call.index, call.arguments["text"]) for call in talk.host.asked] == [(2, "three")]
    assert talk.results == []
    assert "from the journal" in json.dumps(talk.peer.requests[-1])
    assert result["usage"]["turns"] == 3 and result["usage"]["tool_calls"] == 3


def test_an_attempt_that_was_done_is_not_asked_again(talk: Conversation) -> None:
    first = talk.run(Answer("Done."), instructions="Be brief.")
    asked = len(talk.peer.requests)

    assert talk.run(resume=talk.host.kept[-1], instructions="Be brief.") == first
    assert len(talk.peer.requests) == asked


def test_what_was_kept_and_cannot_be_read_says_so(chat: Conversation) -> None:
    failure = chat.fails(Answer("Done."), resume={"messages": "?"})

    assert (failure.kind, failure.code) == (FailureKind.PERMANENT, "bad_checkpoint")


@pytest.mark.requirement("P3")
def test_a_call_that_waits_does_not_hold_up_the_others_of_its_turn(talk: Conversation) -> None:
    def asks(call: Call) -> GateAnswer:
        return GateAnswer(proceed=False, waits=call.arguments["text"] != "two")

    talk.gate = lambda call: asks(call) if call.arguments["text"] != "two" else GateAnswer(proceed=True)

    with pytest.raises(Suspend, match="echo"):
        talk.run(Answer(calls=[echo("one"), echo("two"), echo("three")]), Answer("Done."))

    assert [call.index for call in talk.host.asked] == [0, 1, 2]
    assert talk.results == [{"text": "two"}]
    assert talk.events == ["echo waits.", "echo done.", "echo waits."]
    assert len(talk.peer.requests) == 1

    talk.gate = None
    result = talk.run(Answer("Done."), resume=talk.host.kept[-1])

    assert result["text"] == "Done."
    assert [call.index for call in talk.host.asked] == [0, 1, 2]
    assert result["usage"]["turns"] == 2
