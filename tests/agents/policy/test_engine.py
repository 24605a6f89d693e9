"""Ordered rules over one action: who decides, what is redacted, and what a condition without an answer means."""

from __future__ import annotations

from typing import Any

import pytest

from agents.policy.engine import decide, sure_of
from agents.policy.redaction import Redaction
from agents.policy.types import Action, Approvers, Rules, RuleValue, Verdict

pytestmark = [pytest.mark.requirement("P1"), pytest.mark.requirement("P2")]

ALLOW, BLOCK, ASK, REDACT = Verdict.ALLOW, Verdict.BLOCK, Verdict.REQUIRE_APPROVAL, Verdict.REDACT
TOKENS = Redaction(detectors=("tokens",))
SECRET = "ghp_0123456789abcdefghij0123"


def rules(*given: tuple[str, Verdict] | tuple[str, Verdict, str]) -> Rules:
    """Tool, verdict and condition of each; the id of a rule is its place."""
    return Rules(
        RuleValue(
            str(place),
            place,
            tool,
            verdict,
            when=when[0] if when else "",
            redaction=TOKENS if verdict is REDACT else Redaction(),
        )
        for place, (tool, verdict, *when) in enumerate(given)
    )


def call(tool: str = "http.request", **args: Any) -> Action:
    return Action(tool, args or {"method": "POST", "token": SECRET}, agent={"type": "dev"}, effect="external")


def test_where_no_rule_holds_it_is_allowed() -> None:
    decision = decide(rules(("files.*", BLOCK), ("http.*", BLOCK, 'args.method == "GET"')), call())
    assert (decision.verdict, decision.rule, decision.redactions) == (ALLOW, None, ())


def test_the_first_that_holds_decides_and_says_so() -> None:
    decision = decide(rules(("files.*", BLOCK), ("http.*", ASK), ("*", ALLOW)), call())
    assert (decision.verdict, decision.rule, decision.asks) == (ASK, "1", True)
    assert decision.why == "Rule 1 (http.*) asks a person about http.request."


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        ('args.method == "POST"', True),
        ('args.method == "GET" || agent.type == "dev"', True),
        ('tool.startsWith("http.") && effect == "external"', True),
        ("has(args.timeout) && args.timeout > 60", False),
        ('args.token.matches("^ghp_")', True),
        ('"method" in args && size(args) == 2', True),
    ],
)
def test_a_condition_looks_at_the_whole_action(when: str, holds: bool) -> None:
    decision = decide(rules(("*", BLOCK, when)), call())
    assert decision.blocked is holds


def test_redacting_and_the_verdict_of_a_later_rule_go_together() -> None:
    decision = decide(rules(("*", REDACT), ("http.*", ASK)), call())
    assert (decision.verdict, decision.rule, decision.redacted_by) == (ASK, "1", ("0",))
    assert decision.redact({"token": f"x {SECRET}"}) == ({"token": "x [redacted]"}, ("args.token",))


@pytest.mark.parametrize("later", [(), (("http.*", ALLOW),)])
def test_redacted_and_allowed_is_the_verdict_redact(later: tuple[Any, ...]) -> None:
    decision = decide(rules(("*", REDACT), *later), call())
    assert (decision.verdict, decision.rule) == (REDACT, "1" if later else "0")


def test_an_exception_from_redaction_is_a_rule_that_allows_before_it() -> None:
    decision = decide(rules(("http.*", ALLOW), ("*", REDACT)), call())
    assert (decision.verdict, decision.redactions) == (ALLOW, ())


@pytest.mark.parametrize("verdict", [BLOCK, ASK])
def test_what_is_blocked_or_asks_is_redacted_by_later_rules_too(verdict: Verdict) -> None:
    """It is written down, and a person reads it."""
    decision = decide(rules(("http.*", verdict), ("*", REDACT)), call())
    assert (decision.verdict, decision.rule, decision.redacted_by) == (verdict, "0", ("1",))


@pytest.mark.parametrize("verdict", [ALLOW, BLOCK, ASK, REDACT])
@pytest.mark.parametrize(
    "when", ["args.nope == 1", 'args.method > 5 && args.method != ""', "args.method", "1 / 0 == 1"]
)
def test_a_condition_without_an_answer_asks_and_never_allows(verdict: Verdict, when: str) -> None:
    decision = decide(rules(("*", verdict, when), ("*", ALLOW)), call())
    assert (decision.verdict, decision.rule, decision.failed) == (ASK, "0", True)
    assert "condition has no answer" in decision.why


def test_it_still_redacts_and_a_later_rule_still_blocks() -> None:
    failed = "args.nope == 1"
    assert decide(rules(("*", REDACT, failed)), call()).redactions == (TOKENS,)
    assert decide(rules(("*", ALLOW, failed), ("http.*", BLOCK)), call()).verdict is BLOCK
    assert decide(rules(("*", ALLOW, failed), ("http.*", ASK)), call()).rule == "0"


def test_a_rule_that_no_longer_compiles_asks() -> None:
    decision = decide(rules(("*", ALLOW, "this is no expression")), call())
    assert (decision.verdict, decision.failed) == (ASK, True)


def test_no_sentence_repeats_a_value() -> None:
    for when in ("args.token == 1 || int(args.token) == 1 || {}[args.token] == 1", "args.x[args.token] == 1"):
        assert SECRET not in decide(rules(("*", BLOCK, when)), call(token=SECRET, x={})).why


def test_arguments_that_would_take_long_are_not_looked_at_but_asked_about() -> None:
    many = call(items=[f"item {n}" for n in range(20_000)])
    decision = decide(rules(("*", BLOCK, 'args.items.exists(a, args.items.exists(b, a + b == "x"))')), many)
    assert (decision.verdict, decision.failed) == (ASK, True)
    assert "too large" in decision.why


def test_arguments_that_are_nested_too_deeply_are_asked_about() -> None:
    deep: Any = 1
    for _ in range(5000):
        deep = [deep]
    assert decide(rules(("*", BLOCK, "size(args.deep) == 2")), call(deep=deep)).failed


def test_what_can_be_said_before_arguments_are_known() -> None:
    given = rules(("http.*", REDACT), ("files.*", BLOCK), ("*", ALLOW, "args.x == 1"), ("http.*", BLOCK))
    assert [rule.id for rule in sure_of(given, "http.request")] == ["0"]
    assert [rule.id for rule in sure_of(given, "files.read")] == ["1"]
    by_agent = rules(("http.*", ALLOW, 'agent.type == "qa"'), ("http.*", BLOCK))
    assert [rule.id for rule in sure_of(by_agent, "http.request")] == ["0", "1"]


def test_who_decides_has_defaults() -> None:
    assert Approvers.of({}) == Approvers(1, False, "approver", ())
    assert Approvers.of({"quorum": 2, "users": ["ann"]}) == Approvers(2, False, "approver", ("ann",))
