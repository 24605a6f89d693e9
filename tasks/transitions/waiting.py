"""Jobs that do not run, many in one statement: cancelled, decided, unblocked, admitted again; and asking who runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection

from agents.arrays import array
from tasks.states import State
from tasks.transitions.statements import IN_STATE, LOCKED, answered, dependencies_met


def cancel_waiting(jobs: Iterable[UUID], *, by: str, reason: str) -> list[UUID]:
    """Cancel those that do not run; a hand-off on its way is void by its epoch."""
    change = """
        state = 'cancelled', cancel_requested_at = clock_timestamp(), cancel_requested_by = %(by)s,
        cancel_reason = %(reason)s
    """
    waiting = "state IN ('pending_approval', 'blocked', 'queued', 'suspended')"
    return _update_all(jobs, change, waiting, by=by[:200], reason=reason[:500])


class Asked(NamedTuple):
    """A running job that was asked to stop, in which attempt it was, and whose worker runs it."""

    job: UUID
    worker: str
    attempt: int


def ask_to_stop(jobs: Iterable[UUID], *, by: str, reason: str) -> list[Asked]:
    """Ask the workers of those that run; returns the jobs that were asked now."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH locked AS ({LOCKED})
            UPDATE tasks_agentjob job
            SET cancel_requested_at = clock_timestamp(), cancel_requested_by = %(by)s, cancel_reason = %(reason)s
            FROM locked WHERE job.id = locked_id AND job.{IN_STATE} 'running' AND job.cancel_requested_at IS NULL
            RETURNING job.id, job.worker_id, job.attempt
            """,
            {"jobs": array(jobs), "by": by[:200], "reason": reason[:500]},
        )
        return [Asked(*row) for row in cursor.fetchall()]


def ask_back(worker: str, level: int, why: str) -> UUID | None:
    """Ask the worker to hand back one job of this level of priority or a lower one: of the lowest the one that began
    last, since the least of it is lost. None where it runs none that was not asked for already."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE tasks_agentjob SET give_back = %(why)s WHERE id = (
                SELECT id FROM tasks_agentjob
                WHERE worker_id = %(worker)s AND state = 'running' AND cancel_requested_at IS NULL AND give_back = ''
                  AND override IS NULL AND least(priority, coalesce(inherited, priority)) >= %(level)s
                ORDER BY least(priority, coalesce(inherited, priority)) DESC, state_since DESC
                LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
            ) AND state = 'running' RETURNING id
            """,
            {"worker": worker, "level": level, "why": why[:200]},
        )
        row = cursor.fetchone()
    return row[0] if row else None


HAS_ITS_BUDGET = """
    (%(given)s OR NOT EXISTS (SELECT FROM tasks_child c WHERE c.job_id = tasks_agentjob.id AND c.shares_budget))
"""
"""A child that lives on its parent's budget goes on when `tasks.children.settling` has given it its part."""


def unblock(jobs: Iterable[UUID], *, given: bool = False) -> list[UUID]:
    """Queue those whose dependencies have all completed; `given` says that they have their part of a budget."""
    condition = f"state = 'blocked' AND {dependencies_met('tasks_agentjob.id')} AND {HAS_ITS_BUDGET}"
    return _update_all(jobs, "state = 'queued', queued_at = clock_timestamp()", condition, given=given)


def fail_waiting(jobs: Iterable[UUID], code: str, message: str) -> list[UUID]:
    """End jobs that never can start: a dependency failed, the deadline passed, the policy blocks them by now."""
    change = "state = 'failed', error_code = %(code)s, error_kind = 'permanent', error_message = %(message)s"
    return _update_all(jobs, change, "state IN ('pending_approval', 'blocked', 'queued')", code=code, message=message)


def resume(jobs: Iterable[UUID], *, given: bool = False) -> list[UUID]:
    """Queue suspended jobs whose calls have all been answered, and whose awaited children are over; in their old place,
    which is before what came since. `given` is as for `unblock`."""
    condition = f"state = 'suspended' AND {answered('tasks_agentjob.id')} AND {HAS_ITS_BUDGET}"
    return _update_all(jobs, "state = 'queued', available_at = NULL", condition, given=given)


def approve(jobs: Iterable[UUID], state: State) -> list[UUID]:
    """Somebody approved these submissions: they queue from now on, or wait for others."""
    change = """
        state = %(state)s, queued_at = clock_timestamp(),
        rank = extract(epoch FROM clock_timestamp()) + %(step)s * priority
    """
    step = settings.INTERLOCK.aging_seconds
    return _update_all(jobs, change, "state = 'pending_approval'", state=state.value, step=step)


def deny(jobs: Iterable[UUID], *, by: str, reason: str) -> list[UUID]:
    """Somebody said no, or nobody said anything in time."""
    change = """
        state = 'cancelled', cancel_requested_at = clock_timestamp(), cancel_requested_by = %(by)s,
        cancel_reason = %(reason)s
    """
    asking = "state IN ('pending_approval', 'suspended')"
    return _update_all(jobs, change, asking, by=by[:200], reason=reason[:500])


def admit_again(jobs: Iterable[UUID], state: State) -> list[UUID]:
    """Failed or cancelled work goes through admission again, behind what waits, with all its attempts before it."""
    change = """
        state = %(state)s, failures = 0, interruptions = 0, available_at = NULL, result = NULL, result_purged_at = NULL,
        error_code = '', error_kind = '', error_message = '',
        cancel_requested_at = NULL, cancel_requested_by = '', cancel_reason = '',
        progress_percent = NULL, progress_message = '', queued_at = clock_timestamp(), started_at = NULL,
        worker_id = '', pinned = NULL, override = NULL, inherited = NULL,
        rank = extract(epoch FROM clock_timestamp()) + %(step)s * priority
    """
    failed_or_cancelled = "state IN ('failed', 'cancelled')"
    step = settings.INTERLOCK.aging_seconds
    return _update_all(jobs, change, failed_or_cancelled, state=state.value, step=step)


def _update_all(jobs: Iterable[UUID], change: str, condition: str, **values: Any) -> list[UUID]:
    """Change those that meet the condition."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH locked AS ({LOCKED})
            UPDATE tasks_agentjob SET {change} FROM locked
            WHERE tasks_agentjob.id = locked_id AND {condition} RETURNING tasks_agentjob.id
            """,
            {"jobs": array(jobs), **values},
        )
        return [row[0] for row in cursor.fetchall()]
