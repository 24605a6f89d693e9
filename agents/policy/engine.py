"""Decide what may be done: the first rule in order whose glob matches the tool. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from agents.policy.types import Decision, RuleValue, Verdict

VERBS = {Verdict.ALLOW: "allows", Verdict.BLOCK: "blocks", Verdict.REQUIRE_APPROVAL: "asks before"}
DEFAULT = Decision(Verdict.ALLOW, None, "No rule speaks of it, so it is allowed.")


def decide(rules: Iterable[RuleValue], tool: str) -> Decision:
    """The decision for a call of `tool`; a submission is the tool `submit.<runtime>`."""
    for rule in sorted(rules, key=lambda each: each.order):
        if fnmatchcase(tool, rule.tool):
            return Decision(rule.verdict, rule.id, _sentence(rule, tool), rule.approvers, rule.expires_in)
    return DEFAULT


def _sentence(rule: RuleValue, tool: str) -> str:
    verb = VERBS[rule.verdict]
    because = f": {rule.comment}" if rule.comment else "."
    return f"Rule {rule.order} ({rule.tool}) {verb} {tool}{because}"
