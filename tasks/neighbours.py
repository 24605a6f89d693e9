"""Who stands around a place in a session's own order: queued jobs that are not on their way yet, and blocked ones.

Called in the reader's tenancy. Each requirement class is read along its index, so a long line costs no more than a
short one.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from tasks.scheduling.snapshot import classes_of


class Neighbour(NamedTuple):
    id: UUID
    rank: float


@dataclass(frozen=True)
class Line:
    """One session's order as it is without these jobs and without those that an admin put first."""

    session: UUID
    without: Collection[UUID]

    def before(self, place: Neighbour) -> Neighbour | None:
        """Who stands right before this place."""
        found = self._read("(rank, id) < (%(rank)s, %(id)s)", "DESC", 1, rank=place.rank, id=place.id)
        return found[0] if found else None

    def from_there(self, place: Neighbour, limit: int) -> list[Neighbour]:
        """Who stands at this place, and those behind."""
        return self._read("(rank, id) >= (%(rank)s, %(id)s)", "ASC", limit, rank=place.rank, id=place.id)

    def behind(self, place: Neighbour) -> Neighbour | None:
        found = self._read("(rank, id) > (%(rank)s, %(id)s)", "ASC", 1, rank=place.rank, id=place.id)
        return found[0] if found else None

    def first_of(self, priority: int) -> Neighbour | None:
        found = self._read("priority = %(priority)s", "ASC", 1, priority=priority)
        return found[0] if found else None

    def last_of(self, priority: int) -> Neighbour | None:
        found = self._read("priority = %(priority)s", "DESC", 1, priority=priority)
        return found[0] if found else None

    def _read(self, condition: str, direction: str, limit: int, **values: Any) -> list[Neighbour]:
        these = f"override IS NULL AND id <> ALL(%(without)s) AND {condition}"
        order = f"rank {direction}, id {direction}"
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                WITH RECURSIVE {classes_of("%(session)s")}
                SELECT id, rank FROM (
                    SELECT head.* FROM class CROSS JOIN LATERAL (
                        SELECT id, rank FROM tasks_agentjob
                        WHERE session_id = %(session)s AND requires = class.requires AND state = 'queued'
                          AND handed_to = '' AND {these}
                        ORDER BY {order} LIMIT %(limit)s
                    ) AS head WHERE class.requires IS NOT NULL
                    UNION ALL
                    SELECT id, rank FROM tasks_agentjob
                    WHERE session_id = %(session)s AND state = 'blocked' AND {these}
                ) AS line ORDER BY {order} LIMIT %(limit)s
                """,
                values | {"session": self.session, "without": list(self.without), "limit": limit},
            )
            return [Neighbour(*row) for row in cursor.fetchall()]
