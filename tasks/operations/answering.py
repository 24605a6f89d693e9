"""What becomes of a job when what it waited for was decided. Called by who decides, in that transaction."""

from __future__ import annotations

from agents.runtimes import registry
from tasks import admission, notify, transitions
from tasks.models import AgentJob


def go_on(job: AgentJob) -> bool:
    """Queue a suspended job whose calls are all answered, and wake the dispatcher; False while one is not."""
    if not transitions.resume([job.id]):
        return False
    _wake(job)
    return True


def let_in(job: AgentJob) -> bool:
    """Queue a submission that was approved; where its dependencies are not met, it waits for those."""
    if not transitions.approve([job.id], admission.state_when_approved(job)):
        return False
    _wake(job)
    return True


def end(job: AgentJob, *, by: str, reason: str) -> bool:
    """Cancel a job that was denied."""
    return bool(transitions.deny([job.id], by=by, reason=reason))


def fail(job: AgentJob, sentence: str) -> bool:
    """End a submission that the policy blocks by now."""
    return bool(transitions.fail_waiting([job.id], admission.BLOCKED_BY_POLICY, sentence))


def reads_refusals(job: AgentJob) -> bool:
    """Whether the job goes on when a call of it was denied."""
    return bool(job.runtime) and registry.get(job.runtime).reads_refusals


def _wake(job: AgentJob) -> None:
    job.refresh_from_db()
    notify.submitted([job])
