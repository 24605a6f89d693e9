"""The rules of a workspace, as the pure engine takes them."""

from __future__ import annotations

from uuid import UUID

from agents.models import Rule
from agents.policy.types import RuleValue, Verdict


def rules_of(workspace_id: UUID) -> list[RuleValue]:
    rows = Rule.objects.in_workspace(workspace_id).order_by("order", "created_at")
    return [RuleValue(str(r.id), r.order, r.tool, Verdict(r.verdict), r.comment) for r in rows]
