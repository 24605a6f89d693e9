"""The worker's row and the leases of what it runs, by the database's clock."""

from __future__ import annotations

import os
import socket
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

import psutil
from django.conf import settings
from django.db import connection

from agents.sandbox.base import Usage
from tasks.execution.worker import ThisWorker

Run = tuple[UUID, int]
"""A job and the epoch under which it runs."""


@dataclass(frozen=True)
class Look:
    """What a run's own row says: how long the lease still lasts, and whether somebody asked it to stop, or back."""

    seconds_left: float
    cancel_reason: str | None
    give_back: str = ""


def register(worker: ThisWorker) -> None:
    memory = psutil.virtual_memory().total // 2**20
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO tasks_worker (id, name, host, pid, slots, capabilities, memory_mb, lease_until)
            VALUES (%s, %s, %s, %s, %s, '{}', %s, clock_timestamp() + make_interval(secs => %s))
            """,
            [worker.id, worker.name, socket.gethostname(), os.getpid(), worker.slots, memory, _lease()],
        )


def renew(worker: str, runs: Collection[Run], used: Mapping[Run, Usage]) -> None:
    """Renew the worker's own lease and those of the runs whose process lives, and note what these use; one statement.

    A worker that was silent for so long that it was taken for gone is there again; what it ran then is lost to it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH alive AS (
                UPDATE tasks_worker SET heartbeat_at = clock_timestamp(),
                    lease_until = clock_timestamp() + make_interval(secs => %(lease)s), stopped_at = NULL
                WHERE id = %(worker)s
            ), mine AS (
                SELECT job.id, run.cpu, run.rss FROM tasks_agentjob job
                JOIN unnest(%(jobs)s::uuid[], %(epochs)s::int[], %(cpu)s::float[], %(rss)s::float[])
                     AS run (id, epoch, cpu, rss) USING (id, epoch)
                WHERE job.state = 'running' AND job.worker_id = %(worker)s AND job.lease_until > clock_timestamp()
                ORDER BY job.id FOR NO KEY UPDATE OF job
            )
            UPDATE tasks_agentjob job SET lease_until = clock_timestamp() + make_interval(secs => %(lease)s),
                cpu_seconds = coalesce(mine.cpu, job.cpu_seconds), max_rss_mb = greatest(mine.rss, job.max_rss_mb)
            FROM mine WHERE job.id = mine.id
            """,
            {
                "worker": worker,
                "lease": _lease(),
                "jobs": [job for job, _ in runs],
                "epochs": [epoch for _, epoch in runs],
                "cpu": [used[run].cpu_seconds if run in used else None for run in runs],
                "rss": [used[run].max_rss_mb if run in used else None for run in runs],
            },
        )


def asked_to_stop(worker: str) -> set[UUID]:
    """Jobs of this worker that somebody cancelled, or that are asked back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM tasks_agentjob "
            "WHERE worker_id = %s AND state = 'running' AND (cancel_requested_at IS NOT NULL OR give_back <> '')",
            [worker],
        )
        return {row[0] for row in cursor.fetchall()}


class Unheeded(NamedTuple):
    """A run that should have ended long ago: it was cancelled, for this reason, or its time in seconds is over."""

    cancel_reason: str | None
    limit: float


def unheeded(worker: str) -> dict[Run, Unheeded]:
    """Runs of this worker that must be ended by force: their processes heeded neither a cancel nor the end of their
    time, long enough after it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH allowed AS (SELECT clock_timestamp() - make_interval(secs => %(patience)s) AS since)
            SELECT id, epoch, CASE WHEN cancel_requested_at < since THEN cancel_reason END, timeout_ms / 1000.0::float
            FROM tasks_agentjob, allowed
            WHERE worker_id = %(worker)s AND state = 'running'
              AND (cancel_requested_at < since OR state_since + make_interval(secs => timeout_ms / 1000.0) < since)
            """,
            {"worker": worker, "patience": settings.INTERLOCK.cancel_grace_seconds + settings.INTERLOCK.hung_seconds},
        )
        return {(id, epoch): Unheeded(*row) for id, epoch, *row in cursor.fetchall()}


def look(runs: Collection[Run]) -> dict[UUID, Look]:
    """Those that are still ours; whatever else a run writes is void."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT job.id, extract(epoch FROM lease_until - clock_timestamp())::float,
                   CASE WHEN cancel_requested_at IS NOT NULL THEN cancel_reason END, give_back
            FROM tasks_agentjob job JOIN unnest(%s::uuid[], %s::int[]) AS run (id, epoch) USING (id, epoch)
            WHERE job.state = 'running'
            """,
            [[job for job, _ in runs], [epoch for _, epoch in runs]],
        )
        return {row[0]: Look(*row[1:]) for row in cursor.fetchall()}


def say_stopping(worker: str) -> None:
    _stamp(worker, "stopping_at")


def say_stopped(worker: str) -> None:
    _stamp(worker, "stopped_at")


def _stamp(worker: str, column: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE tasks_worker SET {column} = coalesce({column}, clock_timestamp()) WHERE id = %s", [worker]
        )


def _lease() -> float:
    return settings.INTERLOCK.lease_seconds
