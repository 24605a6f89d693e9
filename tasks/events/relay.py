"""Gives committed events their number.

Ids are not in the order of commits, so one elected relay, which is the leading dispatcher, numbers what has been
committed: batch by batch in the order of ids, which keeps each job's order, since a job's events are written under
the lock of its row. Every cursor is that number.
"""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from django.db import connection

from agents.arrays import array
from tasks.dispatcher.leadership import NAME

BATCH = 2000
COLUMNS = (
    "id, workspace_id, session_id, job_id, kind, before, after, worker, epoch, extract(epoch FROM at)::float, "
    "CASE WHEN kind = 'TaskCompleted' THEN (data ->> 'seconds')::float END"
)


class Numbered(NamedTuple):
    """One event as the dispatcher takes it: `at` in epoch seconds; `seconds` that completed work took."""

    id: int
    workspace_id: UUID | None
    session_id: UUID | None
    job_id: UUID | None
    kind: str
    before: str
    after: str
    worker: str
    epoch: int | None
    at: float
    seconds: float | None
    seq: int


class NotLeading(Exception):
    """Another dispatcher leads now; whatever this one was about to do must not happen."""


def number(*, leader: str, term: int) -> list[Numbered]:
    """Number the next committed events and return them; raises NotLeading where the term is over."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {COLUMNS} FROM tasks_event WHERE seq IS NULL ORDER BY id LIMIT %s", [BATCH])
        rows = cursor.fetchall()
        if not rows:
            return []
        cursor.execute(
            """
            WITH lead AS (
                UPDATE tasks_leader SET last_seq = last_seq + %(count)s
                WHERE name = %(name)s AND holder = %(leader)s AND term = %(term)s AND until > clock_timestamp()
                RETURNING last_seq - %(count)s AS base
            ), numbered AS (
                UPDATE tasks_event event SET seq = lead.base + given.place
                FROM lead, unnest(%(ids)s::bigint[]) WITH ORDINALITY AS given (id, place)
                WHERE event.id = given.id
            )
            SELECT base FROM lead
            """,
            {"count": len(rows), "name": NAME, "leader": leader, "term": term, "ids": array([row[0] for row in rows])},
        )
        base = cursor.fetchone()
    if base is None:
        raise NotLeading
    return [Numbered._make((*row, base[0] + place)) for place, row in enumerate(rows, start=1)]
