"""How much may wait and come: a workspace's pending jobs, and the rate at which one party creates them.

A workspace above its soft limit is warned, above its hard one it is refused. Counting all that waits for each
submission would cost more than the submission, so each process counts now and then, adds what it has taken in since,
and counts anew before it refuses. Rates are counted in each process, and in Redis for whoever uses a notable share of
what is allowed; without Redis each process stands for itself.
"""

from __future__ import annotations

import logging
import math
import time
from dataclasses import dataclass
from threading import Lock
from uuid import UUID

import redis
from django.conf import settings
from django.db import connection

from agents.actor import Actor
from agents.errors import TooMany
from agents.models import Workspace
from tasks.notify import hint_client

COUNTED_FOR = 1.0  # seconds that a count is believed at least
FASTEST = 20_000  # jobs per second that all processes together take in at the most: so long a count far below is good
LONGEST_COUNTED_FOR = 60.0
SHARE_OF_COUNTING = 0.02  # of the time, however much waits
MINUTE = 60.0
NOTABLE = 0.1  # of what is allowed, from which on the other processes are asked, too
LIMITED = ("user", "token", "agent")

log = logging.getLogger(__name__)


class QueueFull(TooMany):
    code, title = "queue_full", "Too many jobs wait"


class TooFast(TooMany):
    code, title = "too_fast", "Jobs are created too fast"


@dataclass
class Pending:
    """What waits in one workspace: as it was counted, and with what this process took in since."""

    counted: int
    count: int
    until: float
    good_until: float = 0.0
    """Nobody can have filled what was free before that."""

    def must_be_counted(self, more: int, soft: int, hard: int) -> bool:
        """Whether it is too old to say if so many more may come."""
        if self.count + more > hard >= self.counted + more:
            return True
        now = time.monotonic()
        return now > self.good_until or (now > self.until and self.count + more > min(soft, hard))


@dataclass
class Window:
    """What one party created in this minute and the one before; `told` of it is in Redis."""

    minute: int
    count: int = 0
    before: int = 0
    told: int = 0
    elsewhere: int = 0


_lock = Lock()
_pending: dict[UUID, Pending] = {}
_windows: dict[tuple[str, str], Window] = {}


def limits_of(workspace: Workspace) -> tuple[int, int]:
    """The soft and the hard limit of what may wait."""
    ours = settings.INTERLOCK
    return workspace.warn_pending or ours.warn_pending, workspace.max_pending or ours.max_pending


def admit(actor: Actor, workspace: Workspace, count: int) -> None:
    """Called before so many jobs are made; raises QueueFull or TooFast, with the seconds to wait in the latter.

    Called in the actor's tenancy.
    """
    _refuse_too_many(workspace, count)
    if actor.kind in LIMITED and settings.INTERLOCK.jobs_per_minute:
        _refuse_too_fast(actor, count)


def knows(workspace: Workspace, count: int) -> bool:
    """Whether `admit` would ask the database nothing."""
    known = _pending.get(workspace.id)
    return known is not None and not known.must_be_counted(count, *limits_of(workspace))


def take_back(actor: Actor, workspace: Workspace, count: int) -> None:
    """What was admitted did not come."""
    with _lock:
        if known := _pending.get(workspace.id):
            known.count -= count
        if window := _windows.get((actor.kind, actor.id)):
            window.count -= min(count, window.count)


def warning(workspace: Workspace) -> str:
    """A sentence where more waits than the soft limit, as far as this process knows; else nothing."""
    soft, hard = limits_of(workspace)
    known = _pending.get(workspace.id)
    if known is None or known.count <= soft:
        return ""
    return f"{known.count:,} jobs wait in the workspace {workspace.slug}; above {hard:,} no more are taken."


def _refuse_too_many(workspace: Workspace, count: int) -> None:
    soft, hard = limits_of(workspace)
    with _lock:
        known = _pending.get(workspace.id)
    if known is None or known.must_be_counted(count, soft, hard):
        known = _count(workspace.id, hard)
        with _lock:
            _pending[workspace.id] = known
    if known.count + count > hard:
        raise QueueFull(
            f"{known.count:,} jobs wait in the workspace {workspace.slug} and at most {hard:,} may; nothing was "
            "submitted. Wait until some have run, or cancel some.",
            retry_after=math.ceil(MINUTE),
        )
    with _lock:
        known.count += count


def _count(workspace: UUID, most: int) -> Pending:
    began = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*) FROM (
                SELECT FROM tasks_agentjob
                WHERE workspace_id = %s AND state IN ('pending_approval', 'blocked', 'queued', 'suspended') LIMIT %s
            ) AS waiting
            """,
            [workspace, most],
        )
        [count] = cursor.fetchone()
    now = time.monotonic()
    believed = max(COUNTED_FOR, (now - began) / SHARE_OF_COUNTING)
    good = min(LONGEST_COUNTED_FOR, (most - count) / FASTEST)
    return Pending(count, count, now + believed, now + max(believed, good))


def _refuse_too_fast(actor: Actor, count: int) -> None:
    """A sliding minute: of the one before as large a share as it still reaches into the last sixty seconds."""
    allowed, now = settings.INTERLOCK.jobs_per_minute, time.time()
    minute, past = int(now // MINUTE), now % MINUTE / MINUTE
    with _lock:
        window = _window(actor, minute)
    if window.count + count > allowed * NOTABLE:
        _tell_the_others(actor, window)
    with _lock:
        used = window.count + window.elsewhere + window.before * (1 - past)
        if used + count <= allowed:
            window.count += count
            return
    wait = math.ceil(MINUTE * (1 - past))
    raise TooFast(
        f"{actor.label} has created {used:,.0f} jobs within a minute, and {allowed:,} are allowed; nothing was "
        f"submitted. Go on in {wait} s.",
        retry_after=wait,
    )


def _window(actor: Actor, minute: int) -> Window:
    key = (actor.kind, actor.id)
    window = _windows.get(key)
    if window is None or window.minute != minute:
        before = window.count + window.elsewhere if window and window.minute == minute - 1 else 0
        window = _windows[key] = Window(minute, before=before)
    return window


def _tell_the_others(actor: Actor, window: Window) -> None:
    """Add what Redis was not told yet, and learn what the other processes took in."""
    name = f"{settings.REDIS_PREFIX}.created.{actor.kind}.{actor.id}.{window.minute}"
    fresh = window.count - window.told
    try:
        with hint_client() as client:
            total = int(client.incrby(name, fresh))
            client.expire(name, int(2 * MINUTE))
    except (redis.RedisError, OSError) as error:
        log.warning("Rates are counted by this process alone, since Redis does not answer: %s", error)
        return
    window.told += fresh
    window.elsewhere = max(0, total - window.told)


def forget() -> None:
    """What this process has counted; for tests."""
    with _lock:
        _pending.clear()
        _windows.clear()
