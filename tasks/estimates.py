"""What the estimator foresaw, for those who read it; and how true that has been."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from tasks.models import AgentJob
from tasks.scheduling.measured import ENOUGH
from tasks.states import State

FRESH_SECONDS = 30
"""An older forecast says nothing: its estimator is gone."""


@dataclass(frozen=True)
class Estimate:
    """Seconds from now until a queued job starts: half of such jobs start sooner than p50, nine of ten sooner than
    p90. `finished` is how many jobs of its kind it was learnt from."""

    p50: float
    p90: float
    finished: int

    @property
    def is_known(self) -> bool:
        """Whether enough of its kind has ended to trust it."""
        return self.finished >= ENOUGH


@dataclass(frozen=True)
class Coverage:
    """Of the jobs of the last day whose start was foreseen: how many started before p50 and before p90."""

    foreseen: int
    before_p50: int
    before_p90: int


def estimates(jobs: Iterable[AgentJob]) -> dict[UUID, Estimate]:
    """Of the queued ones; none for what a pause or limit holds, nor beyond where the estimator looks."""
    queued = [job for job in jobs if job.state == State.QUEUED]
    if not queued:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT each.job, each.p50 - past, each.p90 - past, each.finished
            FROM tasks_forecast forecast
            CROSS JOIN LATERAL (SELECT extract(epoch FROM clock_timestamp() - made_at)::float AS past) AS age
            CROSS JOIN LATERAL unnest(jobs, p50, p90, finished) AS each (job, p50, p90, finished)
            WHERE workspace_id = ANY(%(workspaces)s) AND past < %(fresh)s AND each.job = ANY(%(jobs)s)
            """,
            {
                "workspaces": list({job.workspace_id for job in queued}),
                "fresh": FRESH_SECONDS,
                "jobs": [job.id for job in queued],
            },
        )
        return {job: Estimate(max(0.0, p50), max(0.0, p90), known) for job, p50, p90, known in cursor.fetchall()}


def coverage(workspaces: Collection[UUID]) -> Coverage:
    """Of these workspaces together."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT coalesce(sum(foreseen), 0)::bigint, coalesce(sum(before_p50), 0)::bigint,
                   coalesce(sum(before_p90), 0)::bigint
            FROM tasks_coverage
            WHERE workspace_id = ANY(%s) AND hour > clock_timestamp() - interval '1 day'
            """,
            [list(workspaces)],
        )
        return Coverage(*cursor.fetchone())
