"""Give waiting jobs another priority, with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from agents import tenancy
from agents.actor import Actor
from agents.errors import Conflict
from agents.roles import Role
from tasks import ordering
from tasks.models import AgentJob, QueueChange
from tasks.models.undo import ChangeKind
from tasks.operations.choosing import chosen, one_workspace
from tasks.operations.undo import record
from tasks.querysets import JobQuerySet
from tasks.spec.priorities import Priority
from tasks.states import OVER, State


class NotWaiting(Conflict):
    code, title = "not_waiting", "The job does not wait any more"


def change_priority(actor: Actor, job_id: UUID | str, to: Priority, reason: str = "") -> QueueChange:
    """Of one job. Raises NotWaiting for one that runs or is over, NotFound, NotAllowed."""
    job = AgentJob.objects.find(actor, job_id, "job")
    actor.require(Role.OPERATOR, job.workspace_id, "change priorities")
    if job.state in OVER or job.state == State.RUNNING:
        raise NotWaiting(f"The job is {job.state}, so its priority changes nothing any more.")
    return _change(actor, job.workspace_id, [job.id], to, reason)


def change_priorities(
    actor: Actor, jobs: JobQuerySet, to: Priority, *, ids: Sequence[UUID] = (), reason: str = ""
) -> QueueChange:
    """Of every waiting one of `jobs`, in one statement; with `ids` only of those, which must all be there."""
    found = chosen(jobs if ids else jobs.open(), ids)
    workspace = one_workspace(actor, found)
    actor.require(Role.OPERATOR, workspace, "change priorities")
    return _change(actor, workspace, list(found), to, reason)


def _change(actor: Actor, workspace: UUID, ids: list[UUID], to: Priority, reason: str) -> QueueChange:
    tenancy.say_reason(reason)
    changed = ordering.change_priorities(ids, [to.value] * len(ids))
    return record(actor, workspace, ChangeKind.PRIORITY, reason, changed, priority=to.value)
