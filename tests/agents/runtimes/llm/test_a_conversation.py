"""The model answers, calls tools, reads their results and answers again, with every provider."""

from __future__ import annotations

import json

import pytest

from agents.tools.base import Effect
from tests.agents.runtimes.llm.conversation import KEY, Conversation
from tests.agents.runtimes.llm.dialects import Answer

pytestmark = pytest.mark.requirement("W6")


def call(tool: str, **arguments: object) -> tuple[str, str]:
    return tool, json.dumps(arguments)


def test_an_answer_is_the_result_and_its_lines_are_in_the_log(talk: Conversation) -> None:
    result = talk.run(Answer("First line.\nSecond line.", input_tokens=7, output_tokens=4))

    assert result["text"] == "First line.\nSecond line."
    assert result["model"] == f"{talk.peer.dialect.name}:scripted-1"
    usage = {"input_tokens": 7, "output_tokens": 4, "turns": 1, "tool_calls": 0, "cost": None}
    assert result["usage"] == usage
    assert talk.said == ["First line.", "Second line."]
    assert "Do it." in talk.peer.told


def test_the_key_is_sent_to_the_provider_and_nowhere_else(talk: Conversation) -> None:
    talk.run(Answer("Done."))

    assert KEY in json.dumps(talk.peer.headers[0])
    assert KEY not in f"{talk.peer.told} {talk.host.outputs} {talk.host.kept}"


def test_a_call_runs_through_the_gate_and_its_result_goes_back(talk: Conversation) -> None:
    (talk.directory / "notes.txt").write_text("the secret word is heron")

    result = talk.run(Answer("Let me look.", calls=[call("files_read", path="notes.txt")]), Answer("It is heron."))

    assert result["text"] == "It is heron."
    assert result["usage"]["turns"] == 2 and result["usage"]["tool_calls"] == 1
    [asked] = talk.host.asked
    assert (asked.index, asked.tool, asked.arguments) == (0, "files.read", {"path": "notes.txt"})
    assert talk.results[0]["text"] == "the secret word is heron"
    assert "the secret word is heron" in json.dumps(talk.peer.dialect.messages(talk.peer.requests[1]))
    assert talk.events == ["files.read done."]
    assert talk.host.progress == [(None, "turn 1 of at most 20"), (None, "turn 2 of at most 20")]


def test_several_calls_of_a_turn_run_in_their_order(talk: Conversation) -> None:
    calls = [call("echo", text=word) for word in ("one", "two", "three")]

    talk.run(Answer(calls=calls), Answer(calls=[call("echo", text="four")]), Answer("Done."))

    assert [(each.index, each.arguments["text"]) for each in talk.host.asked] == [
        (0, "one"),
        (1, "two"),
        (2, "three"),
        (3, "four"),
    ]
    second = json.dumps(talk.peer.dialect.messages(talk.peer.requests[1]))
    assert all(word in second for word in ("one", "two", "three"))


def test_only_what_reads_is_offered_unless_the_task_says_more(talk: Conversation) -> None:
    talk.run(Answer("Done."))
    assert talk.peer.dialect.tools(talk.peer.requests[0]) == ["echo", "files_list", "files_read", "files_search"]

    talk.run(Answer("Done."), tools=["files.*", "http.request"])
    offered = talk.peer.dialect.tools(talk.peer.requests[1])
    assert offered == ["files_list", "files_read", "files_search", "files_write", "http_request"]


def test_no_tools_at_all_may_be_asked_for(talk: Conversation) -> None:
    talk.run(Answer("Done."), tools=[])

    assert talk.peer.dialect.tools(talk.peer.requests[0]) == []


def test_instructions_are_given_to_the_model(talk: Conversation) -> None:
    talk.run(Answer("Done."), instructions="Speak like a signalman.")

    assert "Speak like a signalman." in talk.peer.told


def test_an_effect_is_that_of_the_very_call(chat: Conversation) -> None:
    chat.run(Answer(calls=[call("files_write", path="a.txt", text="x")]), Answer("Done."), tools=["files.write"])

    assert [each.effect for each in chat.host.asked] == [Effect.IDEMPOTENT]
    assert (chat.directory / "a.txt").read_text() == "x"


def test_what_the_model_is_asked_with_can_be_set(chat: Conversation) -> None:
    chat.run(Answer("Done."), model_settings={"temperature": 0.25, "max_tokens": 77})

    [request] = chat.peer.requests
    assert request["temperature"] == 0.25
    assert 77 in (request.get("max_tokens"), request.get("max_completion_tokens"))


def test_a_long_line_is_told_in_pieces(chat: Conversation) -> None:
    chat.run(Answer("x" * 5000))

    assert [len(line) for line in chat.said] == [2000, 2000, 1000]
