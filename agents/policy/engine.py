"""Decide what may be done: ordered rules over one action. Pure."""

from __future__ import annotations

from dataclasses import replace

from agents.policy.conditions import Facts, InvalidCondition, NotEvaluated
from agents.policy.types import Action, Decision, Rules, RuleValue, Verdict

DEFAULT = Decision(Verdict.ALLOW, None, "No rule speaks of it, so it is allowed.")
ASKED_BY_DEFAULT = {
    tool: Decision(Verdict.REQUIRE_APPROVAL, None, f"{tool} asks a person where no rule speaks of it.")
    for tool in ("email.send",)
}
"""What reaches people and cannot be taken back."""
VERBS = {Verdict.ALLOW: "allows", Verdict.BLOCK: "blocks", Verdict.REQUIRE_APPROVAL: "asks a person about"}


def where_no_rule_speaks(tool: str) -> Decision:
    """What is decided about a tool that no rule is about, whatever the call."""
    return ASKED_BY_DEFAULT.get(tool, DEFAULT)


def decide(rules: Rules, action: Action) -> Decision:
    """What the rules, in their order, say of the action.

    A rule holds where its glob matches the tool and its condition is true. The first that allows, blocks or asks
    decides. Every rule that redacts and holds redacts as well, except behind one that allows: so an exception is a
    rule that allows, before it. What is blocked or asks is redacted by the rules behind, too, since it is written down.

    A condition without an answer never allows anything: the action asks, unless another rule blocks it; and a rule
    that redacts does so.
    """
    matching, reads = rules.about(action.tool)
    facts: Facts | None = None
    settled: Decision | None = None
    failed: Decision | None = None
    redacting: list[RuleValue] = []
    for rule in matching:
        if rule.when:
            facts = facts or Facts(action, reads)
            try:
                if rule.condition is not None and not rule.condition.holds(facts):
                    continue
            except (NotEvaluated, InvalidCondition) as error:
                failed = failed or _unanswered(rule, action.tool, error)
                if rule.verdict is not Verdict.REDACT:
                    continue
        if rule.verdict is Verdict.REDACT:
            redacting.append(rule)
        elif settled is None:
            settled = _settled(rule, action.tool)
        if rule.verdict is Verdict.ALLOW:
            break
    decision = settled or where_no_rule_speaks(action.tool)
    if failed is not None and not decision.blocked:
        decision = failed
    return _redacting(decision, redacting, action.tool) if redacting else decision


def sure_of(rules: Rules, tool: str) -> Rules:
    """The rules up to the first about the tool that looks at arguments: what can be said before these are known."""
    known = []
    for rule in rules.about(tool).rules:
        if any(name in ("args", "effect") for name, _ in rule.reads):
            break
        known.append(rule)
    return Rules(known)


def _settled(rule: RuleValue, tool: str) -> Decision:
    because = f": {rule.comment}" if rule.comment else "."
    why = f"{rule.name} {VERBS[rule.verdict]} {tool}{because}"
    return Decision(rule.verdict, rule.id, why, approvers=rule.approvers, expires_in=rule.expires_in)


def _unanswered(rule: RuleValue, tool: str, error: Exception) -> Decision:
    reason = str(error) if isinstance(error, NotEvaluated) else "it does not compile"
    why = f"{rule.name} asks a person about {tool}, since its condition has no answer: {reason}."
    return Decision(
        Verdict.REQUIRE_APPROVAL, rule.id, why, failed=True, approvers=rule.approvers, expires_in=rule.expires_in
    )


def _redacting(decision: Decision, rules: list[RuleValue], tool: str) -> Decision:
    decision = replace(
        decision,
        redactions=tuple(rule.redaction for rule in rules),
        redacted_by=tuple(rule.id for rule in rules),
    )
    if decision.verdict is not Verdict.ALLOW:
        return decision
    if decision.rule is not None:
        return replace(decision, verdict=Verdict.REDACT)
    because = f": {rules[0].comment}" if rules[0].comment else "."
    why = f"{rules[0].name} redacts {tool}{because}"
    return replace(decision, verdict=Verdict.REDACT, rule=rules[0].id, why=why)
