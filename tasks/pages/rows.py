"""One job as a line of a list: what it is, what it does now, and what may be done about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.urls import reverse

from tasks.estimates import Estimate
from tasks.models import AgentJob
from tasks.pages import times
from tasks.pages.marks import PRIORITIES, PriorityMark, StateMark, agent_of, state_of
from tasks.states import RETRIABLE, State

LONGEST_DETAIL = 160


@dataclass(frozen=True, slots=True)
class Row:
    """What templates/tasks/row.html shows. `since` is set while the time runs; `time` is how it reads now."""

    id: str
    url: str
    title: str
    state: StateMark
    detail: str
    percent: int | None
    agent: str
    priority: PriorityMark
    place: str
    start: str
    start_title: str
    attempt: str
    time: str
    time_title: str
    since: datetime | None
    can_cancel: bool
    cancel_url: str
    can_retry: bool
    retry_url: str


def row_of(
    job: AgentJob,
    now: datetime,
    waits: Mapping[UUID, str],
    places: Mapping[UUID, int],
    starts: Mapping[UUID, Estimate],
    *,
    may_act: bool,
) -> Row:
    """`waits` says why jobs of the page wait, `places` where they stand in their session, `starts` when they are
    expected to leave it."""
    running = job.state == State.RUNNING
    begun = job.state_since if running else None
    estimate = starts.get(job.id)
    return Row(
        id=job.id.hex,
        url=reverse("pages:task", args=[job.id]),
        title=job.title,
        state=state_of(job),
        detail=_shortened(_detail(job, waits)),
        percent=percent_of(job) if running else None,
        agent=agent_of(job),
        priority=PRIORITIES[job.priority],
        place=f"#{places[job.id]:,}" if job.id in places else "",
        start=f"≈ {times.span(max(1, round(estimate.p50)))}" if estimate else "",
        start_title=f"Expected to start {start_in_words(estimate)}" if estimate else "",
        attempt=f"{max(1, tries_of(job))}/{job.max_attempts}",
        time=times.clock((now - begun).total_seconds()) if begun else _took(job),
        time_title="" if begun else "from its first start to its end",
        since=begun,
        can_cancel=may_act and not job.is_over and not job.is_cancelling,
        cancel_url=reverse("pages:cancel", args=[job.id]),
        can_retry=may_act and job.state in RETRIABLE,
        retry_url=reverse("pages:retry", args=[job.id]),
    )


def start_in_words(estimate: Estimate) -> str:
    return times.expected_start(estimate.p50, estimate.p90, known=estimate.is_known)


def tries_of(job: AgentJob) -> int:
    """The try that counts now: those that failed, and the one that runs or is still to come."""
    return min(job.max_attempts, job.failures + (0 if job.state == State.FAILED and job.failures else 1))


def percent_of(job: AgentJob) -> int | None:
    return None if job.progress_percent is None else max(0, min(100, round(job.progress_percent)))


def first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def _detail(job: AgentJob, waits: Mapping[UUID, str]) -> str:
    if job.is_cancelling:
        return f"asked to stop by {job.cancel_requested_by.partition(':')[2] or 'somebody'}"
    match job.state:
        case State.RUNNING:
            return job.progress_message
        case State.FAILED:
            return first_line(job.error_message) or job.error_code
        case State.CANCELLED:
            return job.cancel_reason
        case State.QUEUED | State.BLOCKED | State.PENDING_APPROVAL | State.SUSPENDED:
            return waits.get(job.id, "")
    return ""


def _took(job: AgentJob) -> str:
    if not job.is_over or job.started_at is None or job.completed_at is None:
        return ""
    return times.span((job.completed_at - job.started_at).total_seconds())


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_DETAIL else text[: LONGEST_DETAIL - 1].rstrip() + "…"
