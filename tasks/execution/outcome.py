"""What the policy says of one call, made into what becomes of it; the same for the gate and for who decides. Pure."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from functools import lru_cache

from agents.policy.types import Decision, Verdict


def with_doubt(decision: Decision, doubt: str) -> Decision:
    """A call that is in doubt asks even where the policy allows it."""
    if not doubt or decision.blocked:
        return decision
    if decision.asks:
        return replace(decision, why=f"{doubt} {decision.why}")
    return replace(decision, verdict=Verdict.REQUIRE_APPROVAL, rule=None, why=doubt)


def fingerprint(decision: Decision, doubt: str) -> str:
    """What a grant of this decision is bound to: the verdict, the rule that gave it, and who may decide."""
    approvers = json.dumps(dict(decision.approvers), sort_keys=True) if decision.approvers else "{}"
    return _hash(decision.verdict.value, decision.rule or "", approvers, bool(doubt))


@lru_cache(maxsize=1024)
def _hash(verdict: str, rule: str, approvers: str, in_doubt: bool) -> str:
    return hashlib.sha256(json.dumps([verdict, rule, approvers, in_doubt]).encode()).hexdigest()
