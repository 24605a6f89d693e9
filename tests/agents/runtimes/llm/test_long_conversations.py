"""A conversation that comes near the window of its model is compressed, and the run goes on."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from agents.runtimes.base import Budget
from agents.runtimes.llm.names import parse
from agents.runtimes.llm.sizes import KNOWN_NOWHERE
from agents.runtimes.llm.windows import window_of
from tests.agents.runtimes.llm.conversation import Conversation
from tests.agents.runtimes.llm.dialects import Answer
from tests.agents.runtimes.llm.provider import Refusal

pytestmark = pytest.mark.requirement("W6")

SMALL = {"model_settings": {"context_window": 4000}, "tools": ["echo"]}
"""Tokens: two calls with LONG arguments and results do not fit."""
SUMMARY = "It was told of herons; nothing is left to do."


TOO_LONG = {
    "anthropic": "prompt is too long: 210000 tokens > 200000 maximum",
    "openai-compatible": "This model's maximum context length is 4000 tokens, however you requested 5000 tokens.",
}


def long(word: str) -> Answer:
    return Answer(calls=[("echo", json.dumps({"text": f"{word} " * 700}))])


def sent(talk: Conversation, place: int) -> str:
    return json.dumps(talk.peer.dialect.messages(talk.peer.requests[place]))


def test_the_middle_becomes_a_summary_and_the_run_goes_on(talk: Conversation) -> None:
    result = talk.run(long("heron"), long("stork"), Answer(SUMMARY), Answer("Done."), prompt="Name birds.", **SMALL)

    assert result["text"] == "Done."
    assert result["usage"]["turns"] == 4, "the summary is a turn of the model"
    assert "Name birds." in sent(talk, 2) and "heron heron" in sent(talk, 2), "who sums up reads what goes"
    last = sent(talk, 3)
    assert "Name birds." in last and SUMMARY in last and "stork stork" in last
    assert "heron heron" not in last
    [line] = [line for line in talk.events if "came near the window" in line]
    assert "(4,000 tokens) and was summarised" in line


def test_the_shorter_conversation_is_a_revision_and_what_is_kept(chat: Conversation) -> None:
    chat.run(long("heron"), long("stork"), Answer(SUMMARY), Answer("Done."), **SMALL)

    [revised] = chat.host.revised
    assert SUMMARY in json.dumps(revised) and "heron heron" not in json.dumps(revised)
    kept = chat.host.kept[-1]
    assert kept["messages"][: len(revised)] == revised
    assert (kept["base"], kept["began"], kept["calls"]) == (1, 0, 2)


def test_calls_keep_their_numbers_when_earlier_ones_went(chat: Conversation) -> None:
    chat.run(long("heron"), long("stork"), Answer(SUMMARY), long("crane"), Answer("Done."), **SMALL)

    assert [call.index for call in chat.host.asked] == [0, 1, 2]


@pytest.mark.parametrize("no_summary", [Refusal(400, "No."), Refusal(500, "No.")], ids=["refused", "unavailable"])
def test_where_no_summary_can_be_had_long_results_are_cut(chat: Conversation, no_summary: Refusal) -> None:
    result = chat.run(long("heron"), long("stork"), no_summary, Answer("Done."), prompt="Name birds.", **SMALL)

    assert result["text"] == "Done."
    last = sent(chat, 3)
    assert "Name birds." in last and "were taken away" in last
    assert any("was trimmed" in line for line in chat.events)


def test_a_task_that_is_too_long_by_itself_is_sent_as_it_is(chat: Conversation) -> None:
    result = chat.run(Answer("Done."), prompt="heron " * 5000, **SMALL)

    assert result["text"] == "Done."
    assert len(chat.peer.requests) == 1
    assert not [line for line in chat.events if "came near" in line] and not chat.host.revised


def test_the_last_turn_is_not_spent_on_a_summary(chat: Conversation) -> None:
    result = chat.run(long("heron"), long("stork"), Answer("Done."), budget=Budget(turns=3), **SMALL)

    assert result["text"] == "Done."
    assert len(chat.peer.requests) == 3


@pytest.mark.parametrize("talk", ["anthropic", "openai-compatible"], indirect=True)
def test_a_provider_that_says_it_is_too_long_is_believed(talk: Conversation) -> None:
    said = TOO_LONG[talk.peer.dialect.name]
    script = [long("heron"), long("stork"), Refusal(400, said), Answer(SUMMARY), Answer("Done.")]

    result = talk.run(*script, prompt="Name birds.", tools=["echo"])

    assert result["text"] == "Done."
    assert SUMMARY in sent(talk, 4) and "heron heron" not in sent(talk, 4)


def test_one_that_says_so_for_ever_fails_the_job(chat: Conversation) -> None:
    said = Refusal(400, "This model's maximum context length is 10 tokens, however you requested 5000 tokens.")

    assert chat.fails(said, tools=["echo"]).code == "context_too_long"


def test_a_job_goes_on_from_what_its_agent_said_before(talk: Conversation) -> None:
    talk.run(Answer(calls=[("echo", json.dumps({"text": "heron"}))]), Answer("It was a heron."), prompt="Which bird?")
    earlier = {"messages": talk.host.kept[-1]["messages"], "revision": 7}

    result = talk.run(
        Answer(calls=[("echo", json.dumps({"text": "stork"}))]),
        Answer("Now a stork."),
        prompt="And now?",
        earlier=earlier,
    )

    assert result["text"] == "Now a stork."
    last = sent(talk, -1)
    assert "Which bird?" in last and "It was a heron." in last and "And now?" in last
    assert [call.index for call in talk.host.asked] == [0], "calls are counted in their job"
    assert result["usage"]["turns"] == 2, "and so is what it used"
    kept = talk.host.kept[-1]
    assert (kept["base"], kept["began"]) == (7, len(earlier["messages"]))


def test_a_compressed_agent_still_reads_its_first_task_and_its_present_one(chat: Conversation) -> None:
    chat.run(long("heron"), Answer("A heron."), prompt="Which bird?", **SMALL)
    earlier = {"messages": chat.host.kept[-1]["messages"], "revision": 1}

    chat.run(
        *(long("stork"), Answer(SUMMARY), long("crane"), Answer("Shorter still."), Answer("Done.")),
        prompt="And now?",
        earlier=earlier,
        **SMALL,
    )

    last = sent(chat, -1)
    assert last.count("Which bird?") == 1 and last.count("And now?") == 1
    assert "Shorter still." in last and SUMMARY not in last, "an older summary goes into the new one"
    assert SUMMARY in sent(chat, -2)


def test_the_windows_of_models_are_known_or_said() -> None:

    assert window_of(parse("anthropic:claude-sonnet-4-5"), None) == 200_000
    assert window_of(parse("anthropic:claude-sonnet-4-5"), 50_000) == 50_000
    assert window_of(parse("openai-compatible:qwen3:8b"), None) == KNOWN_NOWHERE
    assert window_of(parse("openai:nobody-knows-it"), None) == KNOWN_NOWHERE


def test_a_role_is_told_first_and_limits_the_tools(talk: Conversation) -> None:
    role = {"prompt": "You are the signalman.", "tools": ["echo", "files.*"]}

    talk.run(Answer("Done."), role=role, instructions="Be brief.")
    assert "You are the signalman." in talk.peer.told and "Be brief." in talk.peer.told
    assert talk.peer.dialect.tools(talk.peer.requests[0]) == [
        "echo", "files_list", "files_read", "files_search", "files_write"
    ]  # fmt: skip

    talk.run(Answer("Done."), role=role, tools=["files.read", "shell.run"])
    assert talk.peer.dialect.tools(talk.peer.requests[1]) == ["files_read"]
    assert talk.events == ["The agent's role does not have shell.run."]


@pytest.mark.requirement("J5")
@pytest.mark.parametrize("talk", ["anthropic"], indirect=True)
def test_a_summary_costs_what_an_answer_costs(talk: Conversation) -> None:
    script = [replace(each, model="claude-haiku-4-5") for each in (long("heron"), long("stork"), Answer(SUMMARY))]

    usage = talk.run(*script, Answer("Done.", model="claude-haiku-4-5"), **SMALL)["usage"]

    assert usage["turns"] == 4
    assert usage["cost"] == pytest.approx(4 * (10 * 1e-6 + 5 * 5e-6), abs=1e-6)
    assert (usage["input_tokens"], usage["output_tokens"]) == (40, 20)
