"""Models that cannot call tools by themselves are driven by JSON in their text."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agents.runtimes.llm.text_tools import calls_in
from tests.agents.runtimes.llm.conversation import Conversation
from tests.agents.runtimes.llm.dialects import Answer

pytestmark = pytest.mark.requirement("W6")
TEXT = {"tool_calls": "text"}


def said(tool: str, **arguments: Any) -> str:
    return json.dumps({"tool": tool, "arguments": arguments})


def test_the_tools_are_described_and_not_offered(talk: Conversation) -> None:
    talk.run(Answer("Done."), model_settings=TEXT)

    [request] = talk.peer.requests
    assert talk.peer.dialect.tools(request) == []
    assert "files_read" in talk.peer.told and '"tool": ' in json.loads(json.dumps(talk.peer.told)).replace("\\", "")


def test_a_call_in_the_text_runs_and_its_result_comes_as_text(talk: Conversation) -> None:
    (talk.directory / "notes.txt").write_text("heron")

    result = talk.run(Answer(said("files_read", path="notes.txt")), Answer("It is heron."), model_settings=TEXT)

    assert result["text"] == "It is heron."
    assert [(call.index, call.tool) for call in talk.host.asked] == [(0, "files.read")]
    last = json.dumps(talk.peer.dialect.messages(talk.peer.requests[1])[-1])
    assert "Result of files_read" in last and "heron" in last
    assert talk.said == ["It is heron."]


def test_several_calls_in_one_text_run_in_their_order(chat: Conversation) -> None:
    both = f"I call two.\n```json\n{said('echo', text='one')}\n{said('echo', text='two')}\n```\n"

    chat.run(Answer(both), Answer("Done."), model_settings=TEXT)

    assert [call.arguments["text"] for call in chat.host.asked] == ["one", "two"]


def test_broken_json_goes_back_and_is_corrected(chat: Conversation) -> None:
    chat.run(
        Answer('{"tool": "echo", "arguments": {"text": "one}'),
        Answer(said("echo", text="one")),
        Answer("Done."),
        model_settings=TEXT,
    )

    assert [call.arguments for call in chat.host.asked] == [{"text": "one"}]
    assert "invalid" in json.dumps(chat.peer.requests[1]["messages"][-1]).lower()


def test_an_attempt_goes_on_from_calls_in_text(chat: Conversation) -> None:
    chat.run(Answer(said("echo", text="one")), Answer("Done."), model_settings=TEXT)
    result = chat.run(Answer("Done again."), resume=chat.host.kept[0], model_settings=TEXT)

    assert result["text"] == "Done again."
    assert [call.index for call in chat.host.asked] == [0]


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("Plain words.", []),
        ('A set {"a": 1} is no call.', []),
        (said("echo", text="a"), [("echo", {"text": "a"})]),
        (f"Well: {said('echo', text='a')} and so on", [("echo", {"text": "a"})]),
        (f"[{said('a')}, {said('b')}]", [("a", {}), ("b", {})]),
        ('{"tool": "sleep"}', [("sleep", {})]),
        (f"```\n{said('echo', text='}{')}\n```", [("echo", {"text": "}{"})]),
        ('{"tool": "echo", "arguments": "text"}', [("echo", '"text"')]),
        ('{"tool": "echo", "arguments": {"text', [("echo", '"arguments": {"text')]),
    ],
)
def test_what_is_a_call_in_a_text(text: str, calls: list[tuple[str, Any]]) -> None:
    assert [(call.tool_name, call.args) for call in calls_in(text)] == calls
