"""The rules of a workspace, as the pure engine takes them."""

from __future__ import annotations

from uuid import UUID

from agents.models import Rule, Workspace
from agents.policy.types import RuleValue, Verdict

MOST_WORKSPACES = 1000
_known: dict[UUID, tuple[UUID | None, list[RuleValue]]] = {}


def rules_in(workspace: Workspace) -> list[RuleValue]:
    """The rules as of the revision that this row, read in the open transaction, names: read once for each revision."""
    revision, rules = _known.get(workspace.id, (None, []))
    if revision != workspace.rules_revision:
        rules = rules_of(workspace.id)
        if len(_known) >= MOST_WORKSPACES:
            _known.clear()
        _known[workspace.id] = (workspace.rules_revision, rules)
    return rules


def rules_of(workspace_id: UUID) -> list[RuleValue]:
    """In their order. Every submission and run asks, so the statement stands here as it is."""
    rows = Rule.objects.raw(
        'SELECT id, "order", tool, verdict, comment FROM agents_rule WHERE workspace_id = %s ORDER BY 2, created_at',
        [workspace_id],
    )
    return [RuleValue(str(r.id), r.order, r.tool, Verdict(r.verdict), r.comment) for r in rows]
