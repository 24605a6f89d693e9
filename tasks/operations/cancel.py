"""Stop a job: at once where it waits, as fast as its worker can where it runs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from django.db import transaction

from agents.actor import Actor
from agents.errors import Conflict
from agents.roles import Role
from tasks import notify, transitions
from tasks.models import AgentJob


class AlreadyOver(Conflict):
    code, title = "already_over", "The job is over"


@dataclass(frozen=True)
class Cancelled:
    """`outcome` is `never_started` where it waited, `stopping` where its worker was asked to stop it."""

    job: AgentJob
    outcome: str


def cancel(actor: Actor, job_id: UUID | str, reason: str = "") -> Cancelled:
    """Cancel one job. Raises AlreadyOver for one that ended, NotFound, NotAllowed.

    A running job becomes `cancelled` when its process is gone; asking again changes nothing.
    """
    job = AgentJob.objects.find(actor, job_id, "job")
    actor.require(Role.OPERATOR, job.workspace_id, "cancel jobs")
    outcome = _cancel(actor, job, reason)
    job.refresh_from_db()
    return Cancelled(job, outcome)


def _cancel(actor: Actor, job: AgentJob, reason: str) -> str:
    # It may begin to run, or end, between the two statements: so each is tried again once.
    for _ in range(2):
        if transitions.cancel_waiting([job.id], by=actor.name, reason=reason):
            return "never_started"
        asked = transitions.ask_to_stop([job.id], by=actor.name, reason=reason)
        if asked:
            transaction.on_commit(partial(notify.look_at_your_jobs, [each.worker for each in asked]))
            return "stopping"
        job.refresh_from_db()
        if job.is_cancelling:
            return "stopping"
        if job.is_over:
            break
    raise AlreadyOver(f"The job is {job.state} already, so there is nothing to cancel.")
