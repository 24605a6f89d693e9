"""Give waiting jobs another priority, with a reason; and take that back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models.functions import Now

from agents import tenancy
from agents.actor import Actor
from agents.errors import Conflict
from agents.roles import Role
from tasks import notify, transitions
from tasks.models import AgentJob, PriorityChange
from tasks.operations.choosing import chosen, one_workspace
from tasks.querysets import JobQuerySet
from tasks.spec.priorities import Priority
from tasks.states import OVER, State


class NotWaiting(Conflict):
    code, title = "not_waiting", "The job does not wait any more"


class UndoneAlready(Conflict):
    code, title = "undone_already", "It was undone already"


def change_priority(actor: Actor, job_id: UUID | str, to: Priority, reason: str = "") -> PriorityChange:
    """Of one job. Raises NotWaiting for one that runs or is over, NotFound, NotAllowed."""
    job = AgentJob.objects.find(actor, job_id, "job")
    actor.require(Role.OPERATOR, job.workspace_id, "change priorities")
    if job.state in OVER or job.state == State.RUNNING:
        raise NotWaiting(f"The job is {job.state}, so its priority changes nothing any more.")
    return _change(actor, job.workspace_id, [job.id], to, reason)


def change_priorities(
    actor: Actor, jobs: JobQuerySet, to: Priority, *, ids: Sequence[UUID] = (), reason: str = ""
) -> PriorityChange:
    """Of every waiting one of `jobs`, in one statement; with `ids` only of those, which must all be there."""
    found = chosen(jobs if ids else jobs.open(), ids)
    workspace = one_workspace(actor, found)
    actor.require(Role.OPERATOR, workspace, "change priorities")
    return _change(actor, workspace, list(found), to, reason)


def undo(actor: Actor, change_id: UUID | str) -> tuple[PriorityChange, int]:
    """Give back what each had, to those that still wait with what the change gave them; how many those were.

    Raises UndoneAlready, NotFound, NotAllowed.
    """
    change: PriorityChange = PriorityChange.objects.find(actor, change_id, "change")
    actor.require(Role.OPERATOR, change.workspace_id, "change priorities")
    mine = PriorityChange.objects.for_user(actor).filter(pk=change.pk, undone_at=None)
    if not mine.update(undone_at=Now()):
        raise UndoneAlready("This change was undone already; change the priority again instead.")
    tenancy.say_reason(f"undid a change to P{change.priority}")
    back = transitions.change_priorities(change.jobs, change.before, only_from=change.priority)
    _wake(back)
    change.refresh_from_db()
    return change, len(back)


def _change(actor: Actor, workspace: UUID, ids: list[UUID], to: Priority, reason: str) -> PriorityChange:
    tenancy.say_reason(reason)
    changed = transitions.change_priorities(ids, [to.value] * len(ids))
    change = PriorityChange(
        workspace_id=workspace,
        made_by=actor.name[:200],
        reason=reason[:500],
        priority=to.value,
        jobs=[each.job for each in changed],
        before=[each.before for each in changed],
    )
    change.save(force_insert=True)
    _wake(changed)
    return change


def _wake(changed: Sequence[Any]) -> None:
    sessions = {each.session for each in changed}
    if sessions:
        notify.jobs_came(sessions)
