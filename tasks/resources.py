"""Looks at machines, read back by time."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

MOST_POINTS = 240
SHORTEST_STEP = 5
MEASURES = (
    *("cpu_percent", "memory_percent", "disk_percent", "disk_free_mb", "disk_mbs", "network_mbs", "connections"),
    *("running", "queued"),
)


@dataclass(frozen=True)
class Span:
    """A time, cut into steps of so many seconds."""

    since: datetime
    until: datetime
    step: int

    @classmethod
    def over(cls, since: datetime, until: datetime, step: int | None = None) -> Span:
        """With steps so long that there are no more than MOST_POINTS of them."""
        least = math.ceil((until - since) / timedelta(seconds=1) / MOST_POINTS)
        return cls(since, until, max(SHORTEST_STEP, least, step or 0))


def looks(span: Span, worker: str = "") -> dict[str, list[dict[str, Any]]]:
    """The means of each step, by worker; the queue's own under the empty name. Steps without a look are left out."""
    means = ", ".join(f"round(avg({name})::numeric, 3)::float AS {name}" for name in MEASURES)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT worker, to_timestamp(floor(extract(epoch FROM at) / %(step)s) * %(step)s) AS step, {means}
            FROM tasks_resourcesample
            WHERE at >= %(since)s AND at <= %(until)s AND (%(worker)s = '' OR worker = %(worker)s)
            GROUP BY 1, 2 ORDER BY 1, 2
            """,
            {"step": span.step, "since": span.since, "until": span.until, "worker": worker},
        )
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for of, at, *values in cursor.fetchall():
            found[of].append({"at": at, **dict(zip(MEASURES, values, strict=True))})
        return dict(found)
