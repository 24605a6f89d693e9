"""A run: the jobs of one message, one after the other in one slot. Most runs are one job long."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Sequence
from functools import cache
from uuid import UUID

from tasks import transitions
from tasks.execution.attempt import Ending, attempt
from tasks.execution.keeper import LOOK_SIGNAL
from tasks.execution.ledger import in_database_async, insist
from tasks.execution.watch import Stop, Watch, Why
from tasks.execution.worker import ThisWorker, this_worker
from tasks.execution.writing import write
from tasks.transitions import Claim, Ticket

log = logging.getLogger(__name__)

COMMIT_SECONDS = 0.025  # what ended well in this time is written together
PATIENCE_SECONDS = 0.25  # then a job was not as short as expected, and those behind it go to other slots
LAST_TRY_SECONDS = 1.0
CLAIM_SECONDS = 3.0  # in which the database may come back; the hand-off outlasts it


def perform(run: Sequence[tuple[UUID, int]], ticket: Ticket | None = None) -> None:
    """Claim the jobs and run them here, if their hand-off still holds: late and duplicate messages do nothing."""
    worker = this_worker()
    if worker.is_stopping:
        return
    claims = insist(lambda: transitions.claim(run, worker.id, ticket), until=time.monotonic() + CLAIM_SECONDS)
    if not claims:
        log.info("The hand-off did not hold any more", extra={"job": str(run[0][0])})
        return
    loop, signalled = _loop()
    rest, until = loop.run_until_complete(Run(claims, worker, signalled).perform())
    if rest:
        insist(lambda: write(rest), until=max(until, time.monotonic() + LAST_TRY_SECONDS))


@cache
def _loop() -> tuple[asyncio.AbstractEventLoop, asyncio.Event]:
    """One event loop for the life of this child, with the keeper's signal tied to it.

    No `asyncio.Runner`: it takes and gives back the handler of SIGINT each time, at half a millisecond a run.
    """
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    signalled = asyncio.Event()
    loop.add_signal_handler(LOOK_SIGNAL, signalled.set)
    return loop, signalled


class Run:
    """What is left to begin, and what has ended and is not written yet."""

    def __init__(self, claims: Sequence[Claim], worker: ThisWorker, signalled: asyncio.Event) -> None:
        self._left = deque(claims)
        self._ended: list[Ending] = []
        self._watch = Watch(claims, worker, signalled)
        self._written_at = time.monotonic()
        self._begun_at = time.monotonic()
        self._patience: asyncio.TimerHandle | None = None
        self._giving_up: asyncio.Future[None] | None = None

    async def perform(self) -> tuple[list[Ending], float]:
        """Run them; returns what the caller still has to write, and until when its leases last."""
        looking = asyncio.create_task(self._watch.keep_looking())
        if len(self._left) > 1:
            self._be_patient()
        try:
            while self._left:
                claim = self._left.popleft()
                stop = self._watch.stops.get(claim.id)
                self._ended.append(Ending(claim, stop=stop) if stop else await self._attempt(claim))
                if self._left and time.monotonic() - self._written_at > COMMIT_SECONDS:
                    await self._write()
        finally:
            if self._patience is not None:
                self._patience.cancel()
            looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await looking
        return self._ended, self._watch.lease_ends_at

    async def _attempt(self, claim: Claim) -> Ending:
        self._begun_at = time.monotonic()
        try:
            return await attempt(claim, self._watch)
        finally:
            if self._giving_up is not None:
                await self._giving_up

    def _be_patient(self) -> None:
        """One timer for the whole run: it looks when the job that ran then would be too long, and again."""
        left = self._begun_at + PATIENCE_SECONDS - time.monotonic()
        if left > 0:
            self._patience = asyncio.get_running_loop().call_later(left, self._be_patient)
        elif self._left:
            self._giving_up = asyncio.ensure_future(self._give_up_the_rest())

    async def _give_up_the_rest(self) -> None:
        """This one takes longer than expected: nobody waits behind it."""
        stop = Stop(Why.WORKER_STOPS, "the job before it in its run took longer than expected")
        self._ended += [Ending(claim, stop=self._watch.stops.get(claim.id, stop)) for claim in self._left]
        self._left.clear()
        await self._write()

    async def _write(self) -> None:
        ended, self._ended = self._ended, []
        self._written_at = time.monotonic()
        try:
            await in_database_async(lambda: write(ended))
        except Exception as error:  # the database is away: they are written with the last ones, while the lease lasts
            log.warning("What ended could not be written yet: %s", error)
            self._ended = ended + self._ended
