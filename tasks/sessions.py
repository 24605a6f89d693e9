"""What people do to sessions: pause, resume, close. Called inside `tenancy.as_user`."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from agents import tenancy
from agents.actor import Actor
from agents.errors import InvalidInput
from agents.models import Session
from agents.roles import Role
from tasks import notify, transitions
from tasks.models import AgentJob
from tasks.states import OPEN, State

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
    tenancy.say_reason(reason)
    Session.objects.for_user(actor).filter(pk=session.pk, paused_at=None).update(paused_at=Now())
    session.refresh_from_db()
    return session


def resume(actor: Actor, session_id: UUID | str) -> Session:
    session = _session(actor, session_id, "resume sessions")
    Session.objects.for_user(actor).filter(pk=session.pk).exclude(paused_at=None).update(paused_at=None)
    session.refresh_from_db()
    return session


def _session(actor: Actor, session_id: UUID | str, what: str) -> Session:
    session: Session = Session.objects.find(actor, session_id, "session")
    actor.require(Role.OPERATOR, session.workspace_id, what)
    return session


def _cancel_all(actor: Actor, session: Session, reason: str) -> None:
    jobs = AgentJob.objects.for_user(actor).filter(session=session)
    waiting = list(jobs.in_state(*(OPEN - {State.RUNNING})).values_list("pk", flat=True))
    transitions.cancel_waiting(waiting, by=actor.name, reason=reason)
    running = list(jobs.in_state(State.RUNNING).values_list("pk", flat=True))
    asked = transitions.ask_to_stop(running, by=actor.name, reason=reason)
    transaction.on_commit(lambda: notify.look_at_your_jobs(worker for _, worker in asked))
