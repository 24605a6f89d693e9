"""Hand-offs: a job is reserved for a worker, by a ticket in its message or in its row, and may be taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection

from tasks.spec.choices import JobType
from tasks.transitions.statements import IN_STATE, LEADS, LOCKED, SAME_SESSION


class HandOff(NamedTuple):
    """A job for one worker, under the epoch that it was read with, and what the fairness clock was charged.

    `run` is the first job of the run that shares the slot: the job itself where it has the slot alone. What a
    notification told of the job is held against its row: its session, and that it is `plain`, without requirements.
    """

    job: UUID
    epoch: int
    worker: str
    run: UUID
    cost: float
    level: int
    session: UUID
    plain: bool
    type: str = JobType.EXECUTE_TASK
    priority: int = 1

    @property
    def run_epoch(self) -> int:
        """Under which it is claimed and runs."""
        return self.epoch + 1


@dataclass(frozen=True)
class Ticket:
    """A hand-off that is not in the rows: the message itself says that it holds, in the term of who sent it and until
    that time of the database's clock. The leader writes it into the rows only where it is not taken at once.

    `cost` is what the run's first job was charged; `session` and `plain` are as in its hand-offs.
    """

    term: int
    until: float
    session: UUID
    plain: bool
    cost: float
    level: int


@dataclass(frozen=True)
class HandedOff:
    """A job whose row says that it is reserved for a worker, and under which epoch."""

    job: UUID
    epoch: int
    worker: str
    run: UUID


def hand_off(starts: Sequence[HandOff], *, leader: str, term: int) -> list[HandedOff]:
    """Write into each job's row for whom it is reserved, and raise its epoch; returns those that were still free, in
    the order of `starts`.

    Nothing happens unless `leader` still leads in `term`. The commit does not wait for the disk: a hand-off that a
    crash of the server forgets makes its message void, and the claim, which waits, brings the hand-off to disk too.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH lazily AS (SELECT set_config('synchronous_commit', 'off', true) AS set), locked AS ({LOCKED})
            UPDATE tasks_agentjob job
            SET handed_to = given.worker, handed_until = clock_timestamp() + make_interval(secs => %(seconds)s),
                epoch = job.epoch + 1, run = given.run, charged_cost = given.cost, charged_level = given.level
            FROM unnest(%(jobs)s::uuid[], %(epochs)s::int[], %(workers)s::text[], %(runs)s::uuid[], %(costs)s::float[],
                        %(levels)s::int[], %(sessions)s::uuid[], %(plain)s::bool[])
                 AS given (id, epoch, worker, run, cost, level, session, plain)
            JOIN locked ON locked_id = given.id JOIN lazily ON lazily.set IS NOT NULL
            WHERE job.id = given.id AND job.{IN_STATE} 'queued' AND job.handed_to || '' = '' AND job.epoch = given.epoch
              AND {SAME_SESSION} given.session AND (job.requires = '') = given.plain AND {LEADS}
            RETURNING job.id, job.epoch, job.handed_to, job.run
            """,
            {
                "seconds": settings.INTERLOCK.handoff_seconds,
                "jobs": [start.job for start in starts],
                "epochs": [start.epoch for start in starts],
                "workers": [start.worker for start in starts],
                "runs": [start.run for start in starts],
                "costs": [start.cost for start in starts],
                "levels": [start.level for start in starts],
                "sessions": [start.session for start in starts],
                "plain": [start.plain for start in starts],
                "leader": leader,
                "term": term,
            },
        )
        handed = {row[0]: HandedOff(*row) for row in cursor.fetchall()}
    return [handed[start.job] for start in starts if start.job in handed]


class Recalled(NamedTuple):
    """A job whose hand-off was taken back, the worker that it was for, and whether that had let its time run out."""

    job: UUID
    worker: str
    ran_out: bool


def recall_hand_offs(
    *, leader: str, term: int, workers: Sequence[str] = (), jobs: Sequence[UUID] = ()
) -> list[Recalled]:
    """Take back hand-offs that ran out, those to workers that stop, and those of `jobs`; their messages are void.

    Nothing happens unless `leader` still leads in `term`: no event tells of it, so only who leads may do it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH locked AS (
                SELECT id, handed_to AS worker, handed_until <= clock_timestamp() AS ran_out FROM tasks_agentjob
                WHERE handed_to <> '' AND {LEADS}
                  AND (handed_until <= clock_timestamp() OR handed_to = ANY(%(workers)s) OR id = ANY(%(jobs)s))
                ORDER BY id FOR NO KEY UPDATE
            )
            UPDATE tasks_agentjob job SET handed_to = '', handed_until = NULL, epoch = epoch + 1
            FROM locked WHERE job.id = locked.id AND job.state = 'queued' AND job.handed_to <> ''
            RETURNING job.id, locked.worker, locked.ran_out
            """,
            {"leader": leader, "term": term, "workers": list(workers), "jobs": list(jobs)},
        )
        return [Recalled(*row) for row in cursor.fetchall()]
