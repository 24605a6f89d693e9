"""Why a job is in its state, in one sentence that follows the state's word."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tasks.models import AgentJob, Attempt
from tasks.models.attempt import Outcome
from tasks.pages import times
from tasks.pages.rows import first_line
from tasks.states import State

ORDINALS = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth"}
ENDED = {
    Outcome.FAILED: "failed",
    Outcome.TIMED_OUT: "ran out of time",
    Outcome.HANDED_BACK: "was handed back",
    Outcome.LEASE_LOST: "was lost with its worker",
    Outcome.CRASHED: "crashed",
    Outcome.CANCELLED: "was cancelled",
    Outcome.KILLED: "was cancelled and had to be killed",
    Outcome.COMPLETED: "completed",
}


def why(job: AgentJob, attempts: Sequence[Attempt], waits: str, now: datetime, starts: str = "") -> str:
    """`attempts` are all of the job's, the first one first; `waits` is what it waits for and `starts` when it is
    expected to start, where that is known."""
    match job.state:
        case State.RUNNING:
            return _running(job, attempts, now)
        case State.QUEUED:
            expected = f"; expected to start {starts}" if starts else ""
            return _sentence(f"{_before(attempts)}{waits or 'waits its turn'}, for {_since(job, now)}{expected}")
        case State.COMPLETED:
            return _sentence(f"{_took(job)}{_tries(attempts)}, {times.ago(job.completed_at or now, now)}")
        case State.FAILED:
            return _sentence(f"{times.ago(job.completed_at or now, now)} {_failed(job, attempts)}")
        case State.CANCELLED:
            return _sentence(_cancelled(job, now))
    return _sentence(waits or "waits")


def _running(job: AgentJob, attempts: Sequence[Attempt], now: datetime) -> str:
    where = f"on {worker_name(job.worker_id)}" if job.worker_id else ""
    if job.is_cancelling:
        by = job.cancel_requested_by.partition(":")[2] or "somebody"
        asked = times.ago(job.cancel_requested_at or now, now)
        because = f": {job.cancel_reason}" if job.cancel_reason else ""
        return _sentence(f"{where}; {by} asked it to stop {asked}{because}".removeprefix("; "))
    earlier = attempts[-2] if len(attempts) > 1 else None
    if earlier is None:
        return _sentence(f"{where}, its first attempt")
    return _sentence(f"{where}, {ordinal(len(attempts))} attempt: the one before {_ended(earlier)}")


def _before(attempts: Sequence[Attempt]) -> str:
    """What became of the last attempt, for a job that waits again."""
    if not attempts:
        return ""
    last = attempts[-1]
    message = first_line(last.error_message)
    said = f" ({message.rstrip('.')})" if message else ""
    return f"the {ordinal(last.number)} attempt {_ended(last)}{said}; "


def _failed(job: AgentJob, attempts: Sequence[Attempt]) -> str:
    if not attempts:
        return f"without having started: {first_line(job.error_message).rstrip('.') or job.error_code}"
    if job.error_kind == "permanent":
        return f"at the {ordinal(attempts[-1].number)} attempt, with an error that another would not mend"
    if job.error_kind == "crashed":
        return "after its process had died twice"
    return f"after {len(attempts)} attempt{'' if len(attempts) == 1 else 's'}; the last one {_ended(attempts[-1])}"


def _cancelled(job: AgentJob, now: datetime) -> str:
    by = job.cancel_requested_by.partition(":")[2]
    because = f": {job.cancel_reason}" if job.cancel_reason else ""
    return f"{f'by {by} ' if by else ''}{times.ago(job.completed_at or now, now)}{because}"


def _took(job: AgentJob) -> str:
    if job.started_at is None or job.completed_at is None:
        return ""
    return f"in {times.span((job.completed_at - job.started_at).total_seconds())}"


def _tries(attempts: Sequence[Attempt]) -> str:
    return f", at the {ordinal(attempts[-1].number)} attempt" if len(attempts) > 1 else ""


def _since(job: AgentJob, now: datetime) -> str:
    return times.span(max(1, round((now - job.state_since).total_seconds())))


def _ended(attempt: Attempt) -> str:
    return ENDED.get(Outcome(attempt.outcome), "ended") if attempt.outcome else "has not ended"


def ordinal(number: int) -> str:
    return ORDINALS.get(number, f"{number}th")


def worker_name(id: str) -> str:
    """How people call a worker: what stands before the unique end of its id."""
    return id.partition("@")[0] or id


def _sentence(text: str) -> str:
    text = text.strip().strip(",").strip()
    return text if text.endswith((".", "…", "!")) else f"{text}."
