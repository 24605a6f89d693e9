"""The rules of a workspace, as the pure engine takes them."""

from __future__ import annotations

from uuid import UUID

from agents.models import Rule
from agents.policy.types import RuleValue, Verdict


def rules_of(workspace_id: UUID) -> list[RuleValue]:
    """In their order. Every submission and run asks, so the statement stands here as it is."""
    rows = Rule.objects.raw(
        'SELECT id, "order", tool, verdict, comment FROM agents_rule WHERE workspace_id = %s ORDER BY 2, created_at',
        [workspace_id],
    )
    return [RuleValue(str(r.id), r.order, r.tool, Verdict(r.verdict), r.comment) for r in rows]
