"""Why jobs of a run must stop before their end: cancelled, asked back, the worker stops, a lease is lost."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError

from agents.sandbox.base import Sandbox
from tasks.execution import leases
from tasks.execution.ledger import in_database_async
from tasks.execution.worker import ThisWorker
from tasks.transitions import Claim

MARGIN_SECONDS = 2.0  # before the end of a lease that could not be renewed, a job stops


class Why(StrEnum):
    CANCELLED = "cancelled"
    WORKER_STOPS = "worker_stops"
    ASKED_BACK = "asked_back"
    LEASE_LOST = "lease_lost"


@dataclass(frozen=True)
class Stop:
    why: Why
    reason: str = ""


class Watch:
    """Looks at the rows of a run at each heartbeat, and at once when the keeper signals.

    `stops` says which jobs must not begin, or not go on; the one that runs now is ended at once.
    """

    def __init__(self, claims: Sequence[Claim], worker: ThisWorker, signalled: asyncio.Event) -> None:
        self.stops: dict[UUID, Stop] = {}
        self.lease_ends_at = time.monotonic() + settings.INTERLOCK.lease_seconds
        self._open = {claim.id: claim.epoch for claim in claims}
        self._worker = worker
        self._signalled = signalled
        self._ended_current = False
        self._current: tuple[UUID, Callable[[], None], Sandbox] | None = None

    def begin(self, claim: Claim, sandbox: Sandbox, end: Callable[[], None]) -> None:
        """This one runs now; `end` is called, once, when it must stop; at once, if that is known already."""
        self._current = (claim.id, end, sandbox)
        self._ended_current = False
        self._renew_sandbox()
        self._tell_current()

    def over(self, claim: Claim) -> None:
        """Nobody needs to look at this one any more."""
        self._open.pop(claim.id, None)
        self._current = None

    async def keep_looking(self) -> None:
        """Until cancelled.

        No `asyncio.wait_for`: before Python 3.12 it swallows a cancellation that comes with the signal, and then
        whoever waits for the end of this waits for ever (https://github.com/python/cpython/issues/86296).
        """
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pause()):
                    await self._signalled.wait()
            self._signalled.clear()
            self.stops |= await self._look()
            self._tell_current()

    def _pause(self) -> float:
        left = self.lease_ends_at - MARGIN_SECONDS - time.monotonic()
        return min(settings.INTERLOCK.heartbeat_seconds / 2, max(0.05, left))

    async def _look(self) -> dict[UUID, Stop]:
        if self._worker.is_stopping:
            return dict.fromkeys(self._open, Stop(Why.WORKER_STOPS, "its worker was shut down"))
        asked_at = time.monotonic()
        asked = list(self._open.items())
        try:
            seen = await in_database_async(lambda: leases.look(asked))
        except (OperationalError, InterfaceError):
            return self._lost_leases()
        self.lease_ends_at = asked_at + min((look.seconds_left for look in seen.values()), default=0.0)
        self._renew_sandbox()
        return self._lost_leases() | {job: stop for job, _ in asked if (stop := _stop_of(seen.get(job))) is not None}

    def _lost_leases(self) -> dict[UUID, Stop]:
        """Who cannot renew stops before the lease ends, and writes nothing more."""
        if time.monotonic() < self.lease_ends_at - MARGIN_SECONDS:
            return {}
        return dict.fromkeys(self._open, Stop(Why.LEASE_LOST))

    def _tell_current(self) -> None:
        if self._current is None:
            return
        job, end, _ = self._current
        if job in self.stops and not self._ended_current:
            self._ended_current = True
            end()

    def _renew_sandbox(self) -> None:
        """What runs code dies with the lease, even if this process is frozen."""
        if self._current is not None:
            self._current[2].renew(max(0.0, self.lease_ends_at - time.monotonic()))


def _stop_of(look: leases.Look | None) -> Stop | None:
    if look is None or look.seconds_left <= 0:
        return Stop(Why.LEASE_LOST)
    if look.cancel_reason is not None:
        return Stop(Why.CANCELLED, look.cancel_reason)
    return Stop(Why.ASKED_BACK, look.give_back) if look.give_back else None
