"""Why a run must stop before its end, found out while it goes: cancelled, its worker stops, its lease is lost."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings
from django.db import InterfaceError, OperationalError

from agents.sandbox.base import Sandbox
from tasks.execution import leases
from tasks.execution.keeper import LOOK_SIGNAL
from tasks.execution.ledger import in_database_async
from tasks.execution.worker import ThisWorker
from tasks.transitions import Claim

MARGIN_SECONDS = 2.0  # before the end of a lease that could not be renewed, a run stops


class Why(StrEnum):
    CANCELLED = "cancelled"
    WORKER_STOPS = "worker_stops"
    LEASE_LOST = "lease_lost"


@dataclass(frozen=True)
class Stop:
    why: Why
    reason: str = ""


class Watch:
    """Looks at the run's row at each heartbeat, and at once when the keeper signals; returns when it must stop."""

    def __init__(self, claim: Claim, worker: ThisWorker, sandbox: Sandbox) -> None:
        self._claim = claim
        self._worker = worker
        self._sandbox = sandbox
        self._signalled = asyncio.Event()
        self.lease_ends_at = time.monotonic() + settings.INTERLOCK.lease_seconds

    async def until_stop(self) -> Stop:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(LOOK_SIGNAL, self._signalled.set)
        try:
            self._renew_sandbox()
            while True:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._signalled.wait(), self._pause())
                self._signalled.clear()
                stop = await self._look()
                if stop is not None:
                    return stop
        finally:
            loop.remove_signal_handler(LOOK_SIGNAL)
            signal.signal(LOOK_SIGNAL, signal.SIG_IGN)

    def _pause(self) -> float:
        left = self.lease_ends_at - MARGIN_SECONDS - time.monotonic()
        return min(settings.INTERLOCK.heartbeat_seconds / 2, max(0.05, left))

    async def _look(self) -> Stop | None:
        if self._worker.is_stopping:
            return Stop(Why.WORKER_STOPS, "its worker was shut down")
        asked_at = time.monotonic()
        try:
            seen = await in_database_async(lambda: leases.look(self._claim.id, self._claim.epoch))
        except (OperationalError, InterfaceError):
            return Stop(Why.LEASE_LOST) if time.monotonic() >= self.lease_ends_at - MARGIN_SECONDS else None
        if seen is None or seen.seconds_left <= 0:
            return Stop(Why.LEASE_LOST)
        if seen.cancel_reason is not None:
            return Stop(Why.CANCELLED, seen.cancel_reason)
        self.lease_ends_at = asked_at + seen.seconds_left
        self._renew_sandbox()
        return Stop(Why.LEASE_LOST) if time.monotonic() >= self.lease_ends_at - MARGIN_SECONDS else None

    def _renew_sandbox(self) -> None:
        """What runs code dies with the lease, even if this process is frozen."""
        self._sandbox.renew(max(0.0, self.lease_ends_at - time.monotonic()))
