"""The rules of a workspace, as the pure engine takes them."""

from __future__ import annotations

from uuid import UUID

from agents.models import Rule, Workspace
from agents.policy.redaction import Redaction
from agents.policy.types import Rules, RuleValue, Verdict

MOST_WORKSPACES = 1000
READ = 'id, "order", tool, verdict, comment, "when", redact, approvers, expires_in'
_known: dict[UUID, tuple[UUID, Rules]] = {}


def rules_in(workspace: Workspace) -> Rules:
    """The rules as of the revision that this row, read in the open transaction, names: read once for each revision."""
    return rules_under(workspace.id, workspace.rules_revision)


def rules_under(workspace_id: UUID, revision: UUID) -> Rules:
    """The rules as of a revision that was read just now."""
    rules = known_under(workspace_id, revision)
    if rules is None:
        rules = rules_of(workspace_id)
        if len(_known) >= MOST_WORKSPACES:
            _known.clear()
        _known[workspace_id] = (revision, rules)
    return rules


def known_under(workspace_id: UUID, revision: UUID) -> Rules | None:
    """The rules as of that revision, if this process has read them."""
    known, rules = _known.get(workspace_id, (None, None))
    return rules if known == revision else None


def rules_of(workspace_id: UUID) -> Rules:
    """In their order. Every submission and run asks, so the statement stands here as it is."""
    rows = Rule.objects.raw(
        f"SELECT {READ} FROM agents_rule WHERE workspace_id = %s ORDER BY 2, created_at", [workspace_id]
    )
    return Rules(map(value_of, rows))


def value_of(row: Rule) -> RuleValue:
    """A row as the engine takes it."""
    return RuleValue(
        id=str(row.id),
        order=row.order,
        tool=row.tool,
        verdict=Verdict(row.verdict),
        comment=row.comment,
        when=row.when,
        redaction=Redaction.of(row.redact),
        approvers=row.approvers,
        expires_in=row.expires_in,
    )
