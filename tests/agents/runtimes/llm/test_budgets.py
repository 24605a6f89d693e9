"""Tokens, turns, tool calls and cost: whoever passes a limit ends with `over_budget`, and keeps what there is."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from agents.runtimes.base import Budget
from agents.runtimes.failure import FailureKind
from agents.runtimes.llm.spending import Spent, exceeded, refuses_calls, used_up
from tests.agents.runtimes.llm.conversation import Conversation
from tests.agents.runtimes.llm.dialects import Answer

pytestmark = [pytest.mark.requirement("J5"), pytest.mark.requirement("W6")]
ECHO = ("echo", json.dumps({"text": "once more"}))
AGAIN = Answer("Once more.", calls=[ECHO], input_tokens=10, output_tokens=5)


def test_tokens_are_counted_in_and_out_over_all_turns(talk: Conversation) -> None:
    failure = talk.fails(AGAIN, budget=Budget(tokens=40, turns=9))

    assert (failure.kind, failure.code) == (FailureKind.PERMANENT, "over_budget")
    assert failure.message == "The model used 45 tokens; the job's limit is 40."
    partial = failure.data["partial"]
    assert partial["text"] == "Once more."
    assert (partial["usage"]["input_tokens"], partial["usage"]["output_tokens"]) == (30, 15)
    assert len(talk.peer.requests) == 3
    assert len(talk.host.asked) == 2, "the calls of the answer that was too much do not run"


def test_an_exact_fit_is_not_too_much(talk: Conversation) -> None:
    result = talk.run(AGAIN, Answer("Done.", input_tokens=10, output_tokens=5), budget=Budget(tokens=30, turns=2))

    assert result["text"] == "Done."


def test_turns_are_answers_and_calls_after_the_last_do_not_run(talk: Conversation) -> None:
    failure = talk.fails(AGAIN, budget=Budget(turns=2))

    assert failure.code == "over_budget"
    assert failure.message == "The model has had its 2 turns and is not done."
    assert len(talk.peer.requests) == 2
    assert len(talk.host.asked) == 1
    assert talk.host.progress == [(None, "turn 1 of at most 2"), (None, "turn 2 of at most 2")]


def test_tool_calls_are_counted_over_all_turns(talk: Conversation) -> None:
    failure = talk.fails(Answer(calls=[ECHO, ECHO]), budget=Budget(tool_calls=3, turns=9))

    assert failure.code == "over_budget"
    assert len(talk.host.asked) == 2, "a turn's calls run all or not at all"


@pytest.mark.parametrize(("model", "price"), [("claude-haiku-4-5", Decimal("0.0175")), ("gpt-4o", Decimal("0.0375"))])
def test_cost_is_known_for_known_models(talk: Conversation, model: str, price: Decimal) -> None:
    if talk.peer.dialect.name != {"claude-haiku-4-5": "anthropic", "gpt-4o": "openai"}[model]:
        pytest.skip("another provider's model")
    dear = Answer("Dear.", calls=[ECHO], input_tokens=5000, output_tokens=2500, model=model)

    failure = talk.fails(dear, budget=Budget(cost=Decimal("0.01"), turns=9), model=f"{talk.peer.dialect.name}:{model}")

    assert failure.code == "over_budget"
    assert failure.data["partial"]["usage"]["cost"] == pytest.approx(float(price))
    assert f"{price:.4f} US dollars" in failure.message


def test_what_earlier_attempts_used_counts(talk: Conversation) -> None:
    talk.run(AGAIN, Answer("Done."), budget=Budget(tokens=100, turns=9))
    failure = talk.fails(AGAIN, budget=Budget(tokens=40, turns=9), resume=talk.host.kept[0])

    assert failure.message == "The model used 45 tokens; the job's limit is 40."


LIMITS = Budget(tokens=100, turns=5, tool_calls=8, cost=Decimal("1"))


@pytest.mark.parametrize(
    ("spent", "passed", "no_more"),
    [
        (Spent(), False, False),
        (Spent(input_tokens=60, output_tokens=39, turns=4, cost=Decimal("0.99")), False, False),
        (Spent(input_tokens=60, output_tokens=40), False, True),
        (Spent(input_tokens=60, output_tokens=41), True, True),
        (Spent(turns=5), False, True),
        (Spent(cost=Decimal("1")), False, True),
        (Spent(cost=Decimal("1.01")), True, True),
        (Spent(turns=4, cost=None), False, False),
    ],
)
def test_each_limit_binds_where_it_says(spent: Spent, passed: bool, no_more: bool) -> None:
    assert (exceeded(spent, LIMITS) is not None) == passed
    assert (used_up(spent, LIMITS) is not None) == no_more
    assert exceeded(spent, Budget()) is None and used_up(spent, Budget()) is None


def test_the_last_tool_call_is_the_last() -> None:
    assert refuses_calls(Spent(tool_calls=8), LIMITS) is None
    assert refuses_calls(Spent(tool_calls=9), LIMITS) is not None
    assert refuses_calls(Spent(tool_calls=9), Budget()) is None
