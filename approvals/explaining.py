"""What people are asked about a job: what it waits for, who may decide, until when; and what they said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q

from approvals import people
from approvals.models import ApprovalRequest, ApprovalState
from tasks.models import AgentJob
from tasks.waiting import Question, Waiting


def waiting_for(jobs: Sequence[AgentJob]) -> dict[UUID, Waiting]:
    """Of jobs of one reader's tenancy; the oldest request of each speaks for it."""
    ids = [job.id for job in jobs]
    workspaces = {job.workspace_id for job in jobs}
    requests = ApprovalRequest.objects.filter(workspace__in=workspaces, job__in=ids, state=ApprovalState.WAITING)
    by_job: dict[UUID, list[Any]] = {}
    agreed = Count("decisions", filter=Q(decisions__version=F("version")))
    for request in requests.annotate(agreed=agreed).order_by("pk"):
        by_job.setdefault(request.job_id, []).append(request)
    return {job: _told(asked) for job, asked in by_job.items()}


def asked_about(job: AgentJob) -> list[Question]:
    """Every request about the job, the oldest first."""
    requests = ApprovalRequest.objects.in_workspace(job.workspace_id).filter(job=job).order_by("pk")
    return [Question(*row) for row in requests.values_list("pk", "tool", "state", "decided_by")]


def _told(asked: list[Any]) -> Waiting:
    first = asked[0]
    others = f" and {len(asked) - 1} more" if len(asked) > 1 else ""
    until = f", until {first.expires_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if first.expires_at else ""
    sentence = f"waits for approval of {first.tool}{others}; to decide takes {people.allowed(first)}{until}"
    return Waiting("approval", sentence, limit=first.quorum, used=first.agreed)
