"""Why each waiting job of a page waits, in a few words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from tasks.models import AgentJob, Dependency
from tasks.pages import times
from tasks.states import State


def waits_of(jobs: Iterable[AgentJob], now: datetime) -> dict[UUID, str]:
    """For every job of the list that waits for something that can be named."""
    listed = list(jobs)
    waits = {job.id: _queued(job, now) for job in listed if job.state == State.QUEUED}
    waits |= {job.id: "waits for a person’s approval" for job in listed if job.state == State.PENDING_APPROVAL}
    waits |= {job.id: "waits to be resumed" for job in listed if job.state == State.SUSPENDED}
    return waits | _blocked([job for job in listed if job.state == State.BLOCKED])


def _queued(job: AgentJob, now: datetime) -> str:
    if job.handed_to:
        return "handed to a worker, about to start"
    if job.available_at is not None and job.available_at > now:
        delay = times.span(round((job.available_at - now).total_seconds()))
        return f"tried again in {delay}" if job.failures else f"starts in {delay} at the earliest"
    if job.workspace.paused_at is not None:
        return "waits: the workspace is paused"
    if job.session.paused_at is not None:
        return "waits: the session is paused"
    return "waits its turn"


def _blocked(jobs: list[AgentJob]) -> dict[UUID, str]:
    if not jobs:
        return {}
    titles: dict[UUID, list[str]] = defaultdict(list)
    unmet = (
        Dependency.objects.in_workspace(jobs[0].workspace_id)
        .filter(job__in=jobs)
        .exclude(requires__state=State.COMPLETED)
        .order_by("job_id", "requires_id")
    )
    for job_id, title in unmet.values_list("job_id", "requires__title"):
        titles[job_id].append(title)
    return {id: _waits_for(names) for id, names in titles.items()}


def _waits_for(titles: list[str]) -> str:
    more = f" and {len(titles) - 1} more" if len(titles) > 1 else ""
    return f"waits for “{titles[0]}”{more}"
