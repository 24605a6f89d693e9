"""What people do to sessions: pause, resume, close. Called inside `tenancy.as_user`."""

from __future__ import annotations

from uuid import UUID

from django.db.models.functions import Now

from agents.actor import Actor
from agents.errors import InvalidInput
from agents.models import Session
from agents.roles import Role
from tasks.models import AgentJob
from tasks.operations import pausing
from tasks.operations.cancel_many import stop_all
from tasks.operations.pausing import Scope

MODES = ("drain", "cancel")


def close(actor: Actor, session_id: UUID | str, mode: str = "drain", reason: str = "") -> Session:
    """Take no more submissions; `drain` lets what is there end, `cancel` cancels all of it."""
    if mode not in MODES:
        raise InvalidInput(f"The mode is {' or '.join(MODES)}, not {mode!r}.")
    session = _session(actor, session_id, "close sessions")
    Session.objects.for_user(actor).filter(pk=session.pk, closed_at=None).update(closed_at=Now())
    if mode == "cancel":
        _cancel_all(actor, session, reason or f"the session {session.name} was closed")
    session.refresh_from_db()
    return session


def pause(actor: Actor, session_id: UUID | str, reason: str = "") -> Session:
    """Start nothing more of it; what runs goes on."""
    session = _session(actor, session_id, "pause sessions")
    pausing.pause(Scope("session", session.name, session), reason)
    return session


def resume(actor: Actor, session_id: UUID | str) -> Session:
    session = _session(actor, session_id, "resume sessions")
    pausing.resume(Scope("session", session.name, session))
    return session


def _session(actor: Actor, session_id: UUID | str, what: str) -> Session:
    session: Session = Session.objects.find(actor, session_id, "session")
    actor.require(Role.OPERATOR, session.workspace_id, what)
    return session


def _cancel_all(actor: Actor, session: Session, reason: str) -> None:
    jobs = AgentJob.objects.for_user(actor).filter(session=session).open()
    stop_all(list(jobs.values_list("pk", flat=True)), by=actor.name, reason=reason)
