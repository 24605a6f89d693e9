"""What became of the jobs of a cancellation: its receipt fills up as those that ran end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
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
    return [
        *(JobOfIt(id, Became.NEVER_STARTED) for id in receipt.never_started),
        *(JobOfIt(id, became) for id, became in zip(receipt.running, _of_those_that_ran([receipt])[0], strict=True)),
        *(JobOfIt(id, Became.ALREADY_OVER) for id in receipt.already_over),
    ]


def counts(receipts: Sequence[Cancellation]) -> list[dict[str, int]]:
    """How many jobs of each became what; every word is there."""
    return [_counted(*each) for each in zip(receipts, _of_those_that_ran(receipts), strict=True)]


def _counted(receipt: Cancellation, ran: list[Became]) -> dict[str, int]:
    count = Counter(ran)
    count[Became.NEVER_STARTED] = len(receipt.never_started)
    count[Became.ALREADY_OVER] = len(receipt.already_over)
    return {word.value: count[word] for word in Became}


def _of_those_that_ran(receipts: Sequence[Cancellation]) -> list[list[Became]]:
    """What each running job of each receipt became, by the attempt in which it was asked.

    So a later retry changes nothing in the receipt. A failure that would have led to another try ended in a cancelled
    job: that one was stopped.
    """
    asked = [list(zip(receipt.running, receipt.attempts, strict=True)) for receipt in receipts]
    every = {each for one in asked for each in one}
    became = _became(every) if every else {}
    return [[became.get(each, Became.STOPPED) for each in one] for one in asked]


def _became(asked: Collection[tuple[UUID, int]]) -> dict[tuple[UUID, int], Became]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT attempt.job_id, attempt.number, CASE
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
            [[job for job, _ in asked], [number for _, number in asked]],
        )
        return {(job, number): Became(word) for job, number, word in cursor.fetchall()}
