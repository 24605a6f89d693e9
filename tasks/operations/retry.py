"""Give failed and cancelled jobs another life, with all their attempts before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from agents.actor import Actor
from agents.errors import Conflict, InterlockError, NotAllowed
from agents.roles import Role
from tasks import admission, notify, signals, transitions
from tasks.models import AgentJob
from tasks.operations.choosing import chosen, one_workspace
from tasks.places import SessionClosed
from tasks.querysets import JobQuerySet
from tasks.states import RETRIABLE, State


class NotRetriable(Conflict):
    code, title = "not_retriable", "The job cannot be retried"


class BlockedByPolicy(NotAllowed):
    code, title = admission.BLOCKED_BY_POLICY, "The policy does not allow it"


def retriable(actor: Actor, job_id: UUID | str) -> AgentJob:
    """The job, if it could be retried now; changes nothing. Raises what `retry` raises."""
    job: AgentJob = AgentJob.objects.find(actor, job_id, "job")
    actor.require(Role.OPERATOR, job.workspace_id, "retry jobs")
    if job.state not in RETRIABLE:
        raise _not_retriable(job)
    return job


def retry(actor: Actor, job_id: UUID | str) -> AgentJob:
    """Queue it again through admission: policy and dependencies are looked at anew.

    Raises NotRetriable for one that is not failed or cancelled, SessionClosed, BlockedByPolicy, NotFound, NotAllowed.
    """
    job = AgentJob.objects.find(actor, job_id, "job")
    actor.require(Role.OPERATOR, job.workspace_id, "retry jobs")
    state, why = admission.state_again(job)
    refusal = _refusal(job, state, why)
    if refusal is not None:
        raise refusal
    if not transitions.admit_again([job.id], state):
        raise _not_retriable(job)
    if state is State.PENDING_APPROVAL:
        signals.tell_asked([job.id])
    notify.jobs_came([job.session_id])
    job.refresh_from_db()
    return job


@dataclass(frozen=True)
class Refused:
    """A job that was not retried, and why: the code and sentence that `retry` would have raised."""

    job: UUID
    code: str
    sentence: str


@dataclass(frozen=True)
class Retried:
    jobs: list[UUID]
    refused: list[Refused]


def retry_many(actor: Actor, jobs: JobQuerySet, *, ids: Sequence[UUID] = ()) -> Retried:
    """Every failed or cancelled one of `jobs`; with `ids` only those, which must all be there.

    One that cannot be retried does not keep the others from it. Raises NotFound, NotAllowed, and InvalidInput where
    the jobs are of several workspaces.
    """
    found = chosen(jobs if ids else jobs.in_state(*RETRIABLE), ids)
    workspace = one_workspace(actor, found)
    actor.require(Role.OPERATOR, workspace, "retry jobs")
    rows = AgentJob.objects.in_workspace(workspace).filter(pk__in=list(found)).order_by("pk")
    asked = list(rows.select_related("workspace", "session").prefetch_related("dependencies"))
    states = admission.states_again(asked)
    refusals = {job.id: _refusal(job, *states[job.id]) for job in asked}
    refused = [Refused(id, refusal.code, refusal.message) for id, refusal in refusals.items() if refusal is not None]
    left = [id for id, refusal in refusals.items() if refusal is None]
    done: list[UUID] = []
    for state in (State.QUEUED, State.BLOCKED, State.PENDING_APPROVAL):
        done += transitions.admit_again([id for id in left if states[id][0] is state], state)
    if asking := [id for id in done if states[id][0] is State.PENDING_APPROVAL]:
        signals.tell_asked(asking)
    sessions = {job.session_id for job in asked if job.id in set(done)}
    if sessions:
        notify.jobs_came(sessions)
    return Retried(done, refused)


def _refusal(job: AgentJob, state: State, why: str) -> InterlockError | None:
    """What keeps the job from another life, which would begin in `state`; `why` is the policy's sentence."""
    if job.session.closed_at is not None:
        return SessionClosed(f"The session {job.session.name!r} is closed, so its jobs are not retried.")
    if state is State.FAILED:
        return BlockedByPolicy(why)
    return None if job.state in RETRIABLE else _not_retriable(job)


def _not_retriable(job: AgentJob) -> NotRetriable:
    return NotRetriable(f"Only failed and cancelled jobs can be retried; this one is {job.state}.")
