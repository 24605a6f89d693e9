"""“Always for this session”: asked for, given, revoked."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db.models.functions import Now

from agents.actor import Actor
from agents.errors import Conflict
from agents.roles import Role
from tasks.models import AgentJob, SessionGrant

LASTS = timedelta(hours=8)


class AlreadyRevoked(Conflict):
    code, title = "already_revoked", "It was revoked before"


def covers(session: UUID, tool: str, outcome: str) -> bool:
    """Whether the session may call this tool without being asked, under just this outcome of the policy."""
    grants = SessionGrant.objects.filter(session_id=session, tool=tool, outcome=outcome)
    return grants.filter(revoked_at__isnull=True, expires_at__gt=Now()).exists()


def give(job: AgentJob, tool: str, *, outcome: str, rule: str, by: str) -> SessionGrant:
    """Let the job's session call this tool for the next hours."""
    made: SessionGrant = SessionGrant.objects.create(
        workspace_id=job.workspace_id,
        session_id=job.session_id,
        tool=tool,
        rule=rule,
        outcome=outcome,
        granted_by=by,
        expires_at=Now() + LASTS,
    )
    made.refresh_from_db()
    return made


def revoke(actor: Actor, id: UUID | str) -> SessionGrant:
    """From now on each call is asked about again. Raises NotFound, NotAllowed, AlreadyRevoked."""
    grant: SessionGrant = SessionGrant.objects.find(actor, id, "grant")
    actor.require(Role.APPROVER, grant.workspace_id, "revoke a grant")
    still = SessionGrant.objects.in_workspace(grant.workspace_id).filter(pk=grant.pk, revoked_at__isnull=True)
    if not still.update(revoked_at=Now(), revoked_by=actor.name):
        raise AlreadyRevoked("This grant was revoked before.")
    grant.refresh_from_db()
    return grant
