"""What became of the jobs of a cancellation: its receipt fills up as those that ran end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.db import connection

from tasks.models import Cancellation


class Became(StrEnum):
    NEVER_STARTED = "never_started"
    STOPPING = "stopping"
    STOPPED = "stopped"
    KILLED = "killed"
    COMPLETED_TOO_LATE = "completed_too_late"
    ALREADY_OVER = "already_over"


@dataclass(frozen=True)
class JobOfIt:
    id: UUID
    became: Became


def jobs_of(receipt: Cancellation) -> list[JobOfIt]:
    """Every job of it: those that had not begun, then those that ran, then those that were over."""
    ran = _what_ran_became(receipt)
    return [
        *(JobOfIt(id, Became.NEVER_STARTED) for id in receipt.never_started),
        *(JobOfIt(id, ran.get(id, Became.STOPPED)) for id in receipt.running),
        *(JobOfIt(id, Became.ALREADY_OVER) for id in receipt.already_over),
    ]


def counts(receipts: Sequence[Cancellation]) -> list[dict[str, int]]:
    """How many jobs of each became what; every word is there."""
    return [_counted(receipt) for receipt in receipts]


def _counted(receipt: Cancellation) -> dict[str, int]:
    count = Counter(job.became for job in jobs_of(receipt))
    return {word.value: count[word] for word in Became}


def _what_ran_became(receipt: Cancellation) -> dict[UUID, Became]:
    """By the attempt in which each was asked, so that a later retry changes nothing in the receipt.

    A failure that would have led to another try ended in a cancelled job: that one was stopped.
    """
    if not receipt.running:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT attempt.job_id, CASE
                WHEN attempt.ended_at IS NULL THEN 'stopping'
                WHEN attempt.outcome IN ('killed', 'lease_lost', 'crashed') THEN 'killed'
                WHEN attempt.outcome = 'completed' THEN 'completed_too_late'
                WHEN attempt.outcome IN ('failed', 'timed_out') AND attempt.number = job.attempt
                     AND job.state = 'failed' THEN 'completed_too_late'
                ELSE 'stopped' END
            FROM unnest(%s::uuid[], %s::int[]) AS asked (job, number)
            JOIN tasks_attempt attempt ON attempt.job_id = asked.job AND attempt.number = asked.number
            JOIN tasks_agentjob job ON job.id = asked.job
            """,
            [receipt.running, receipt.attempts],
        )
        return {job: Became(word) for job, word in cursor.fetchall()}
