"""Stop a job: at once where it waits, as fast as its worker can where it runs."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from agents.actor import Actor
from agents.errors import Conflict
from agents.roles import Role
from tasks.models import AgentJob
from tasks.operations.cancel_many import stop_all


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
    stopped = stop_all([job.id], by=actor.name, reason=reason)
    if job.id in stopped.never_started:
        return "never_started"
    if job.id in stopped.running:
        return "stopping"
    job.refresh_from_db()
    raise AlreadyOver(f"The job is {job.state} already, so there is nothing to cancel.")
