"""Give a failed or cancelled job another life, with all its attempts before it."""

from __future__ import annotations

from uuid import UUID

from agents.actor import Actor
from agents.errors import Conflict, NotAllowed
from agents.roles import Role
from tasks import admission, notify, transitions
from tasks.models import AgentJob
from tasks.places import SessionClosed, now
from tasks.rows import rank_of
from tasks.states import RETRIABLE, State


class NotRetriable(Conflict):
    code, title = "not_retriable", "The job cannot be retried"


class BlockedByPolicy(NotAllowed):
    code, title = admission.BLOCKED_BY_POLICY, "The policy does not allow it"


def retry(actor: Actor, job_id: UUID | str) -> AgentJob:
    """Queue it again through admission: policy and dependencies are looked at anew.

    Raises NotRetriable for one that is not failed or cancelled, SessionClosed, BlockedByPolicy, NotFound, NotAllowed.
    """
    job = AgentJob.objects.find(actor, job_id, "job")
    actor.require(Role.OPERATOR, job.workspace_id, "retry jobs")
    if job.session.closed_at is not None:
        raise SessionClosed(f"The session {job.session.name!r} is closed, so its jobs are not retried.")
    state, refusal = admission.state_again(job)
    if state is State.FAILED:
        raise BlockedByPolicy(refusal)
    rank = rank_of(now().timestamp(), job.priority)
    if job.state not in RETRIABLE or not transitions.admit_again(job.id, state, rank=rank):
        raise NotRetriable(f"Only failed and cancelled jobs can be retried; this one is {job.state}.")
    notify.jobs_came([job.session_id])
    job.refresh_from_db()
    return job
