"""What a job is told of its children."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from agents.tools.results import size_of
from tasks.models import AgentJob
from tasks.states import OVER

MOST_BYTES = 192 * 1024
"""For the results of all children of one answer together."""


def told(jobs: Sequence[AgentJob]) -> dict[str, Any]:
    """`{"tasks": [{"id", "key", "title", "state", "result", "error"}, …]}`, in the order of these jobs.

    A result that is too large for its part of MOST_BYTES is `{"omitted_bytes": …}`; it stands in the child's own row.
    """
    part = MOST_BYTES // max(1, len(jobs))
    return {"tasks": [_one(job, part) for job in jobs]}


def open_among(jobs: Sequence[AgentJob]) -> list[UUID]:
    return [job.id for job in jobs if job.state not in OVER]


def how_many(left: int, total: int) -> str:
    """`the job`, `the 3 jobs`, `2 of the 3 jobs`."""
    if total == 1:
        return "the job"
    return f"the {total:,} jobs" if left == total else f"{left:,} of the {total:,} jobs"


def _one(job: AgentJob, most: int) -> dict[str, Any]:
    error = {"code": job.error_code, "message": job.error_message} if job.error_code else None
    if error is None and job.state == "cancelled":
        error = {"code": "cancelled", "message": job.cancel_reason or "It was cancelled."}
    return {
        "id": str(job.id),
        "key": job.key or None,
        "title": job.title,
        "state": job.state,
        "result": _bounded(job.result, most),
        "error": error,
    }


def _bounded(result: Any, most: int) -> Any:
    size = size_of(result)
    return result if size <= most else {"omitted_bytes": size}
