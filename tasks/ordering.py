"""The only writer of a waiting job's place: its priority, what it inherits, its rank, its pin, its override.

Each change is one set-based statement, and the database's trigger writes its events. The dispatcher learns of it by
those events and reads the sessions again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection

from tasks.transitions.statements import SAID

WAITING = "('pending_approval', 'blocked', 'queued', 'suspended')"
OVERRIDDEN = -1e12
"""Ranks of overridden jobs begin here, far before every other: so the index that gives a session's heads needs to know
nothing of overrides."""


class Reprioritized(NamedTuple):
    """A job whose priority was changed, its session, and what it had before."""

    job: UUID
    session: UUID
    before: int


class Place(NamedTuple):
    """Where a waiting job stands: in its session, between sessions, before everything."""

    rank: float
    pinned: float | None = None
    override: float | None = None


class Placed(NamedTuple):
    """A job that got another place, its session, and the place that it had."""

    job: UUID
    session: UUID
    before: Place


def change_priorities(
    jobs: Sequence[UUID], priorities: Sequence[int], *, only_from: int | None = None
) -> list[Reprioritized]:
    """Give each waiting job its priority, where that is another; its rank moves by as many aging steps as it gains.

    With `only_from` only those that have that priority now. Returns what was changed.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH locked AS (
                SELECT id AS locked_id, priority AS before FROM tasks_agentjob WHERE id = ANY(%(jobs)s)
                ORDER BY id FOR NO KEY UPDATE
            )
            UPDATE tasks_agentjob
            SET priority = given.priority,
                rank = rank + %(step)s * (least(given.priority, inherited) - least(locked.before, inherited))
            FROM locked JOIN unnest(%(jobs)s::uuid[], %(priorities)s::int[]) AS given (id, priority)
                 ON given.id = locked_id
            WHERE tasks_agentjob.id = locked_id AND locked.before <> given.priority AND state IN {WAITING}
              AND (%(only)s::int IS NULL OR locked.before = %(only)s)
            RETURNING tasks_agentjob.id, session_id, locked.before
            """,
            {
                "jobs": list(jobs),
                "priorities": list(priorities),
                "step": settings.INTERLOCK.aging_seconds,
                "only": only_from,
            },
        )
        return [Reprioritized(*row) for row in cursor.fetchall()]


def place(jobs: Sequence[UUID], places: Sequence[Place], *, only_from: Sequence[Place] | None = None) -> list[Placed]:
    """Give each waiting job its place; with `only_from` only those that stand there now. Returns what was changed."""
    from_there = places if only_from is None else only_from
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH given AS (
                SELECT * FROM unnest(
                    %(jobs)s::uuid[], %(ranks)s::float[], %(pins)s::float[], %(overrides)s::float[],
                    %(from_ranks)s::float[], %(from_pins)s::float[], %(from_overrides)s::float[]
                ) AS given (id, rank, pinned, override, from_rank, from_pinned, from_override)
            ), locked AS (
                SELECT id, session_id, state, rank AS was_rank, pinned AS was_pinned, override AS was_override
                FROM tasks_agentjob WHERE id = ANY(%(jobs)s) ORDER BY id FOR NO KEY UPDATE
            )
            UPDATE tasks_agentjob job SET rank = given.rank, pinned = given.pinned, override = given.override
            FROM given JOIN locked USING (id)
            WHERE job.id = locked.id AND locked.state IN {WAITING}
              AND (was_rank, was_pinned, was_override) IS DISTINCT FROM (given.rank, given.pinned, given.override)
              AND (%(any)s OR (was_rank, was_pinned, was_override) IS NOT DISTINCT FROM
                              (from_rank, from_pinned, from_override))
            RETURNING job.id, job.session_id, was_rank, was_pinned, was_override
            """,
            {
                "jobs": list(jobs),
                "ranks": [each.rank for each in places],
                "pins": [each.pinned for each in places],
                "overrides": [each.override for each in places],
                "from_ranks": [each.rank for each in from_there],
                "from_pins": [each.pinned for each in from_there],
                "from_overrides": [each.override for each in from_there],
                "any": only_from is None,
            },
        )
        return [Placed(job, session, Place(*before)) for job, session, *before in cursor.fetchall()]


def inherit(changed: Collection[UUID]) -> list[UUID]:
    """Let what these jobs wait for inherit the priority of the most urgent job that depends on it, however far away,
    and forget what it inherited from one that waits no more; returns those whose inheritance changed.

    Each job is looked at at most once for each priority, however the dependencies run.
    """
    if not changed:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH RECURSIVE said AS ({SAID}), above (id) AS (
                SELECT requires_id FROM tasks_dependency WHERE job_id = ANY(%(changed)s)
                UNION
                SELECT dependency.requires_id
                FROM above JOIN tasks_agentjob job ON job.id = above.id AND job.state IN {WAITING}
                JOIN tasks_dependency dependency ON dependency.job_id = job.id
            ), asked (id, level) AS (
                SELECT dependency.requires_id, CASE
                    WHEN job.id IN (SELECT id FROM above) THEN job.priority::int
                    ELSE least(job.priority, job.inherited)::int  -- what it inherited itself is not in question
                END
                FROM above JOIN tasks_dependency dependency ON dependency.requires_id = above.id
                JOIN tasks_agentjob job ON job.id = dependency.job_id AND job.state IN {WAITING}
                UNION
                SELECT dependency.requires_id, asked.level
                FROM asked JOIN tasks_agentjob job ON job.id = asked.id AND job.state IN {WAITING}
                JOIN tasks_dependency dependency ON dependency.job_id = job.id
            ), wanted AS (
                SELECT above.id, min(asked.level) AS level FROM above LEFT JOIN asked USING (id) GROUP BY above.id
            ), locked AS (
                SELECT job.id, nullif(least(level, job.priority), job.priority) AS level
                FROM tasks_agentjob job JOIN wanted ON wanted.id = job.id
                WHERE job.state IN {WAITING} ORDER BY job.id FOR NO KEY UPDATE OF job
            )
            UPDATE tasks_agentjob job
            SET inherited = locked.level,
                rank = rank + %(step)s * (least(priority, locked.level) - least(priority, inherited))
            FROM locked, said
            WHERE job.id = locked.id AND job.inherited IS DISTINCT FROM locked.level AND job.state IN {WAITING}
              AND said.actor IS NOT NULL
            RETURNING job.id
            """,
            {
                "changed": list(changed),
                "step": settings.INTERLOCK.aging_seconds,
                "actor": "dispatcher",
                "reason": "it counts as urgent as the most urgent job that waits for it",
            },
        )
        return [row[0] for row in cursor.fetchall()]


def sessions_of(changed: Iterable[Reprioritized | Placed]) -> set[UUID]:
    return {each.session for each in changed}
