"""What becomes of the jobs that wait for others, when those are over.

Only the dispatcher calls this, so two of a job's dependencies that end at once cannot miss each other.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from tasks import transitions

FAILED_DEPENDENCY = "dependency_failed"


@dataclass(frozen=True)
class Dependant:
    """A blocked job, and the first of its dependencies that did not complete, if one is over."""

    id: UUID
    on_failure: str
    all_completed: bool
    failed_title: str | None
    failed_state: str | None


def settle(over: Collection[UUID] | None = None, blocked: Collection[UUID] = ()) -> int:
    """Unblock, fail or cancel the dependants of the jobs in `over` (None: of every job), and those in `blocked`, whose
    dependencies may have been over before anybody waited for them; returns how many moved."""
    dependants = _dependants(over, blocked)
    moved = transitions.unblock([each.id for each in dependants if each.all_completed])
    for each in dependants:
        if each.failed_title is not None and each.on_failure != "wait":
            moved += _give_up(each, f"It depends on “{each.failed_title}”, which {_was(each.failed_state)}.")
    return len(moved)


def blocked() -> list[UUID]:
    """Every job that waits for others."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM tasks_agentjob WHERE state = 'blocked'")
        return [row[0] for row in cursor.fetchall()]


def _give_up(each: Dependant, why: str) -> list[UUID]:
    if each.on_failure == "cancel":
        return transitions.cancel_waiting([each.id], by="dispatcher", reason=why)
    return transitions.fail_waiting([each.id], FAILED_DEPENDENCY, why)


def _was(state: str | None) -> str:
    return "was cancelled" if state == "cancelled" else "failed"


def _dependants(over: Collection[UUID] | None, blocked: Collection[UUID]) -> list[Dependant]:
    of_these = (
        "SELECT job_id FROM tasks_dependency WHERE requires_id = ANY(%(over)s) UNION SELECT unnest(%(blocked)s::uuid[])"
    )
    touched = "" if over is None else f"AND job.id IN ({of_these})"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT job.id, job.on_dependency_failure, bool_and(required.state = 'completed'),
                   min(required.title) FILTER (WHERE required.state IN ('failed', 'cancelled')),
                   min(required.state) FILTER (WHERE required.state IN ('failed', 'cancelled'))
            FROM tasks_agentjob job
            JOIN tasks_dependency dependency ON dependency.job_id = job.id
            JOIN tasks_agentjob required ON required.id = dependency.requires_id
            WHERE job.state = 'blocked' {touched}
            GROUP BY job.id
            """,
            {"over": list(over or ()), "blocked": list(blocked)},
        )
        return [Dependant(*row) for row in cursor.fetchall()]
