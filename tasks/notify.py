"""Hints that wake somebody: what they speak of is always in the database already, and found without them too."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

import redis
from django.conf import settings
from django.db import connection

from tasks.states import State

if TYPE_CHECKING:
    from tasks.models import AgentJob

CHANNEL = "interlock_jobs"
TOLD = ("id", "workspace_id", "session_id", "priority", "rank", "epoch", "kind", "joins_runs", "type")
SETTINGS = "settings"  # what the database's triggers say when a cap, weight or pause changed
MOST_NAMED = 100  # a notification holds 8,000 bytes

log = logging.getLogger(__name__)


def told(jobs: Sequence[AgentJob]) -> str:
    """What the notification of a submission says: of a single job that may run anywhere all that the dispatcher needs,
    so that it need not read the row first; else which sessions to look at.

    It decides nothing: the claim holds it against the row.
    """
    match jobs:
        case [job] if job.state == State.QUEUED and not job.requires and job.available_at is None:
            assert job.queued_at is not None
            said = {name: getattr(job, name) for name in TOLD} | {"queued_at": job.queued_at.timestamp()}
            return json.dumps(said, default=str)
        case _:
            return _named({job.session_id for job in jobs})


def submitted(jobs: Sequence[AgentJob]) -> None:
    """Wake the dispatcher when the open transaction commits, and tell it of these.

    Source: https://www.postgresql.org/docs/current/sql-notify.html
    """
    _notify(told(jobs))


def jobs_came(sessions: Iterable[UUID]) -> None:
    """The same of jobs that came another way: which sessions to look at."""
    _notify(_named(sessions))


def _named(sessions: Iterable[UUID]) -> str:
    return " ".join(sorted(str(session) for session in sessions)[:MOST_NAMED])


def _notify(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, text])


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
