"""What the policy says of one call, made into what becomes of it; the same for the gate and for who decides. Pure."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

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
    bound = [decision.verdict.value, decision.rule or "", dict(decision.approvers), bool(doubt)]
    return hashlib.sha256(json.dumps(bound, sort_keys=True).encode()).hexdigest()
