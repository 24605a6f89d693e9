"""A running job submits jobs and waits for them. Called in its worker; everything under the epoch of its run."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from agents.actor import Actor
from agents.errors import NotFound
from agents.roles import Role
from agents.runtimes.failure import transient
from agents.tenancy import as_user
from tasks.children.adopting import Parent, inheriting, refuse_circle
from tasks.execution.digest import digest_of
from tasks.models import AgentJob, Child
from tasks.operations.retry import retry_many
from tasks.spec import from_value
from tasks.spec.fields import is_job_id
from tasks.states import RETRIABLE, State
from tasks.submit import submit
from tasks.transitions import Claim

TOOL = "task.submit"


def submit_for(claim: Claim, place: int, tasks: Sequence[dict[str, Any]], *, wait: bool) -> list[AgentJob]:
    """The children that this call makes, or has made already, in the order of the specs; `wait` says that the job goes
    on when they are over.

    In another life of the job those that had failed or were cancelled are tried again. Raises an InterlockError and
    submits nothing; the Failure `lease_lost` where the run is not the job's any more.
    """
    call = f"{place}:{digest_of(TOOL, {'tasks': list(tasks)})}"
    with as_user(actor_of(claim)) as actor:
        parent = _held(claim)
        mine = Child.objects.in_workspace(claim.workspace_id).filter(parent=parent, call=call)
        ids = list(mine.order_by("id").values_list("job_id", flat=True))
        if ids:
            _try_again(actor, parent, ids)
        else:
            specs = inheriting(parent, from_value({"tasks": list(tasks)}))
            made = submit(actor, specs, parent=Parent(parent, call, awaited=wait))
            ids = [job.id for job in made.jobs]
        if wait:
            _await(parent, ids)
        return _rows(claim, ids)


def wait_for(claim: Claim, said: Sequence[str] | None) -> list[AgentJob]:
    """These children of the job, or all of them; it goes on when they are over. Raises NotFound, WaitsForItself."""
    with as_user(actor_of(claim)):
        parent = _held(claim)
        mine = Child.objects.in_workspace(claim.workspace_id).filter(parent=parent)
        ids = list(mine.order_by("id").values_list("job_id", flat=True))
        if said is not None:
            ids = [_one_of(ids, each) for each in said]
        _await(parent, ids)
        return _rows(claim, ids)


def actor_of(claim: Claim) -> Actor:
    """The agent that the job is for, else the job itself; in its workspace it may do what submitting takes."""
    id, label = str(claim.agent_id or claim.id), claim.agent_name or claim.agent_type or "agent"
    return Actor("agent", id, label, {claim.workspace_id: Role.OPERATOR})


def _held(claim: Claim) -> AgentJob:
    """The job's row, locked: whoever cancels it comes before or after."""
    jobs = AgentJob.objects.in_workspace(claim.workspace_id).select_for_update(no_key=True, of=("self",))
    runs = jobs.filter(pk=claim.id, epoch=claim.epoch, state=State.RUNNING, cancel_requested_at=None)
    parent: AgentJob | None = runs.select_related("session", "project", "workspace").first()
    if parent is None:
        raise transient("lease_lost", "The run was stopped before the call was made.")
    return parent


def _one_of(ids: Collection[UUID], said: str) -> UUID:
    if is_job_id(said) and (found := UUID(said)) in ids:
        return found
    raise NotFound(f"The job has submitted no task {said[:64]!r}.")


def _try_again(actor: Actor, parent: AgentJob, ids: Sequence[UUID]) -> None:
    """Those whose end belongs to an earlier life of the parent."""
    ended = AgentJob.objects.in_workspace(parent.workspace_id).filter(pk__in=ids, state__in=RETRIABLE)
    before = list(ended.filter(completed_at__lt=parent.started_at).values_list("pk", flat=True))
    if before:
        retry_many(actor, AgentJob.objects.for_user(actor), ids=before)


def _await(parent: AgentJob, ids: Sequence[UUID]) -> None:
    refuse_circle(parent.id, ids)
    Child.objects.in_workspace(parent.workspace_id).filter(job_id__in=ids).update(awaited=True)


def _rows(claim: Claim, ids: Sequence[UUID]) -> list[AgentJob]:
    found = AgentJob.objects.in_workspace(claim.workspace_id).in_bulk(ids)
    return [found[id] for id in ids]
