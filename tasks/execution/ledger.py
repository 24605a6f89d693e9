"""What a run writes down while it goes: lines, progress and tool calls, in batches, each under the run's epoch.

While the event loop runs, a thread with a connection of its own does all database work of a worker's child, so that the
loop never blocks on it; before and after, when nothing else happens, it is done right where it is asked for, over the
other connection. They are two since what the loop asked for and gave up may still go on in the thread, and must not get
into the transaction that writes how a run ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache, partial
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

from agents.runtimes.base import Log, Progress
from tasks.execution import records
from tasks.execution.records import CallRecord, LogLine
from tasks.transitions import Claim

T = TypeVar("T")

FLUSH_SECONDS = 0.25
FLUSH_LINES = 500
MOST_LOG_BYTES = 10 * 2**20  # of one attempt; the rest is counted, not kept
RETRY_SECONDS = 0.5


@cache
def _database_thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="database")


def in_database(work: Callable[[], T]) -> T:
    """Do this now, outside the event loop; a connection that broke meanwhile is dropped."""
    return _fresh(work)


async def in_database_async(work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(_database_thread(), partial(_fresh, work))


def insist(work: Callable[[], T], until: float) -> T | None:
    """Like `in_database`, and again while the database is away, until that monotonic time; then None."""
    while True:
        try:
            return in_database(work)
        except (OperationalError, InterfaceError):
            if time.monotonic() + RETRY_SECONDS >= until:
                return None
            time.sleep(RETRY_SECONDS)


def _fresh(work: Callable[[], T]) -> T:
    try:
        return work()
    except (OperationalError, InterfaceError):
        with contextlib.suppress(Exception):  # a broken connection may fail to close; it is dropped either way
            connection.close()
        raise


class Ledger:
    """The notes of one run. Lines wait a quarter of a second at most; a full buffer makes the writer wait."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self._lines: list[LogLine] = []
        self._calls: list[CallRecord] = []
        self._progress: Progress | None = None
        self._bytes = 0
        self._dropped = 0
        self._flushing = asyncio.Lock()
        self._timer: asyncio.TimerHandle | None = None
        self._flush: asyncio.Future[None] | None = None

    async def log(self, line: Log) -> None:
        self._bytes += len(line.text) + 1
        if self._bytes > MOST_LOG_BYTES:
            self._dropped += 1
            return
        self._lines.append(LogLine(line.stream, line.text, datetime.now(UTC)))
        self._flush_later()
        if len(self._lines) >= FLUSH_LINES:
            await self.flush()

    def progress(self, progress: Progress) -> None:
        self._progress = progress
        self._flush_later()

    async def began(self, call: CallRecord) -> bool:
        """Write down an external or idempotent call before it runs: without an end its outcome is unknown.

        False where the lease was lost meanwhile: then it must not run.
        """
        return bool(await in_database_async(lambda: records.write_calls([(self.claim, call)])))

    async def ended(self, call: CallRecord, *, at_once: bool) -> None:
        self._calls.append(call)
        self._flush_later()
        if at_once:
            await self.flush()

    def _flush_later(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self._begin_to_flush)

    def _begin_to_flush(self) -> None:
        self._timer, self._flush = None, asyncio.ensure_future(self._try_to_flush())

    async def _try_to_flush(self) -> None:
        """The database being away for a moment loses nothing: the notes stay here."""
        with contextlib.suppress(OperationalError, InterfaceError):
            await self.flush()
        if self._lines or self._calls or self._progress:
            self._flush_later()

    async def stop_flushing(self) -> None:
        """What is not written yet is the `rest`."""
        if self._flush is not None:
            await self._flush
        if self._timer is not None:
            self._timer.cancel()

    async def flush(self) -> None:
        async with self._flushing:
            notes = self._take()
            if notes is None:
                return
            try:
                await in_database_async(lambda: records.write([notes]))
            except (OperationalError, InterfaceError):
                self._put_back(notes)
                raise

    def rest(self, *, with_progress: bool) -> records.Notes | None:
        """What has not been written yet, with a last line where some were dropped."""
        if not with_progress:
            self._progress = None
        if self._dropped:
            text = f"{self._dropped} more lines were not kept: one attempt keeps {MOST_LOG_BYTES // 2**20} MiB."
            self._lines.append(LogLine("system", text, datetime.now(UTC)))
            self._dropped = 0
        return self._take()

    def _take(self) -> records.Notes | None:
        if not (self._lines or self._calls or self._progress):
            return None
        notes = records.Notes(self.claim, self._lines, self._calls, self._progress)
        self._lines, self._calls, self._progress = [], [], None
        return notes

    def _put_back(self, notes: records.Notes) -> None:
        self._lines = notes.lines + self._lines
        self._calls = notes.calls + self._calls
        self._progress = self._progress or notes.progress
