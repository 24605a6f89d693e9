"""What the leader looks at once a second, since no event tells of it: time that passed, workers that fell silent."""

from __future__ import annotations

from uuid import UUID

from django.db import connection

from tasks import transitions
from tasks.transitions import Recalled

DEADLINE_PASSED = "deadline_passed"


def recall_lost_hand_offs(*, leader: str, term: int) -> list[Recalled]:
    """Hand-offs that ran out, or that went to workers which stop or are gone."""
    return transitions.recall_hand_offs(leader=leader, term=term, workers=_workers_that_take_nothing())


def retire_silent_workers() -> int:
    """Mark workers whose lease ran out as stopped; their jobs lose their own leases by themselves."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE tasks_worker SET stopped_at = clock_timestamp() "
            "WHERE stopped_at IS NULL AND lease_until <= clock_timestamp()"
        )
        return cursor.rowcount


def fail_past_deadlines() -> list[UUID]:
    """End what did not start in time. What comes back from waiting for a person had started."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT id FROM tasks_agentjob job WHERE state IN ('queued', 'blocked') AND deadline <= clock_timestamp()
              AND NOT EXISTS (SELECT FROM tasks_attempt WHERE job_id = job.id AND outcome = 'suspended')
            LIMIT 1000
            """
        )
        late = [row[0] for row in cursor.fetchall()]
    return (
        transitions.fail_waiting(late, DEADLINE_PASSED, "It had not started when its deadline passed.") if late else []
    )


def _workers_that_take_nothing() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT job.handed_to FROM tasks_agentjob job
            LEFT JOIN tasks_worker worker ON worker.id = job.handed_to
            WHERE job.handed_to <> '' AND job.state = 'queued'
              AND (worker.id IS NULL OR worker.stopping_at IS NOT NULL OR worker.stopped_at IS NOT NULL)
            """
        )
        return [row[0] for row in cursor.fetchall()]
