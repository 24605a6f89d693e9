"""Hints that wake somebody: what they speak of is always in the database already, and found without them too."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING
from uuid import UUID

import redis
from django.conf import settings
from django.db import connection

if TYPE_CHECKING:
    from tasks.models import AgentJob

CHANNEL = "interlock_jobs"
TOLD = ("id", "workspace_id", "session_id", "priority", "rank", "epoch", "kind", "joins_runs", "type")
SETTINGS = "settings"  # what the database's triggers say when a cap, weight or pause changed
MOST_NAMED = 100  # a notification holds 8,000 bytes

log = logging.getLogger(__name__)


def job_came(job: AgentJob) -> None:
    """Like `jobs_came`, for one that is queued and may run anywhere: the dispatcher need not read its row first.

    What is told here decides nothing: the claim holds it against the row.
    """
    assert job.queued_at is not None
    told = {name: getattr(job, name) for name in TOLD} | {"queued_at": job.queued_at.timestamp()}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, json.dumps(told, default=str)])


def jobs_came(sessions: Iterable[UUID]) -> None:
    """Wake the dispatcher when the open transaction commits, and tell it which sessions to look at.

    Source: https://www.postgresql.org/docs/current/sql-notify.html
    """
    named = sorted(str(session) for session in sessions)[:MOST_NAMED]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, " ".join(named)])


def look_at_your_jobs(workers: Iterable[str]) -> None:
    """Tell workers over Redis to read now what they are asked to stop; without Redis they find it by themselves."""
    try:
        with hint_client() as client:
            for worker in set(workers):
                client.publish(worker_channel(worker), "look")
    except (redis.RedisError, OSError) as error:
        log.warning("Redis did not take a hint, workers will look by themselves: %s", error)


def worker_channel(worker: str) -> str:
    return f"{settings.REDIS_PREFIX}.worker.{worker}"


def hint_client(**options: float) -> redis.Redis:
    """A Redis client for hints: it gives up after a second."""
    if settings.REDIS is None:
        raise redis.ConnectionError("there is no REDIS_URL")
    return redis.Redis.from_url(settings.REDIS.cache, socket_connect_timeout=1, **{"socket_timeout": 1, **options})
