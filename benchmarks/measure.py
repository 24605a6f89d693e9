"""One queue, measured: how fast it takes jobs, how fast it runs a backlog, how soon a single job starts."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from statistics import median
from typing import Protocol, runtime_checkable

from benchmarks.stamps import PATIENCE, Stamps

BATCHES = 3  # of those that are measured by themselves


class Peer(Protocol):
    """A queue whose job is `benchmarks.stamps.stamp`."""

    def prepare(self) -> None:
        """Make tables and connections; jobs can be submitted afterwards, none runs yet."""
        ...

    def submit(self, count: int = 1) -> None:
        """So many jobs, each in a call of its own; returns when the queue has them for good."""
        ...

    def submit_many(self, count: int) -> bool:
        """So many jobs in one call; False where the queue has no such call."""
        ...

    def start(self, slots: int) -> None:
        """Begin to run jobs, so many at once."""
        ...

    def finished(self) -> int | None:
        """How many jobs are on record as done; None where the queue keeps no record."""
        ...

    def stop(self) -> None:
        """End what `start` began."""
        ...


@runtime_checkable
class TakesBatches(Protocol):
    """A queue of which one batch is measured by itself."""

    def batch_alone(self, count: int) -> float:
        """Seconds for one call with so many jobs, which then are taken back before any runs."""
        ...


@dataclass(frozen=True)
class Effort:
    """How much is measured."""

    jobs: int = 5000
    probes: int = 200
    slots: int = 4
    batch: int = 5000


@dataclass(frozen=True)
class Figures:
    enqueue: float  # jobs per second, submitted one by one
    batch: float | None  # jobs per second, submitted in one call
    drain: float  # jobs per second, from the first one's start until the last is on record
    p50: float  # seconds from the submit call to the job's first line, on an idle queue
    p99: float
    batch_alone: float | None = None  # jobs per second of one batch that is no part of the backlog; the median of them


def measure(peer: Peer, stamps: Stamps, effort: Effort) -> Figures:
    peer.prepare()
    try:
        alone = _batch_alone(peer, effort.batch) if isinstance(peer, TakesBatches) else None
        enqueue, batch = _enqueue(peer, effort)
        peer.start(effort.slots)
        drain = _drain(peer, stamps, effort)
        p50, p99 = _start_latency(peer, stamps, effort)
    finally:
        peer.stop()
    return Figures(enqueue, batch, drain, p50, p99, alone)


def _batch_alone(peer: TakesBatches, count: int) -> float:
    return count / median(peer.batch_alone(count) for _ in range(BATCHES))


def _enqueue(peer: Peer, effort: Effort) -> tuple[float, float | None]:
    singles = effort.jobs // 2
    begun = time.perf_counter()
    peer.submit(singles)
    one_by_one = singles / (time.perf_counter() - begun)
    rest = effort.jobs - singles
    begun = time.perf_counter()
    if peer.submit_many(rest):
        return one_by_one, rest / (time.perf_counter() - begun)
    peer.submit(rest)
    return one_by_one, None


def _drain(peer: Peer, stamps: Stamps, effort: Effort) -> float:
    stamps.wait_for(effort.jobs, poll=0.01)
    ended = _recorded(peer, effort.jobs)
    begun, *_, last = stamps.times()
    return (effort.jobs - 1) / ((ended or last) - begun)


def _recorded(peer: Peer, count: int) -> float | None:
    """When so many jobs were on record as done."""
    give_up = time.monotonic() + PATIENCE
    while (finished := peer.finished()) is not None:
        if finished >= count:
            return time.time()
        if time.monotonic() > give_up:
            raise TimeoutError(f"{finished} of {count} jobs are on record")
        time.sleep(0.01)
    return None


def _start_latency(peer: Peer, stamps: Stamps, effort: Effort) -> tuple[float, float]:
    pauses = random.Random(1)
    begun = []
    for number in range(1, effort.probes + 1):
        # Not in step with anything that polls.
        time.sleep(pauses.uniform(0.02, 0.06))
        begun.append(time.time())
        peer.submit()
        stamps.wait_for(effort.jobs + number)
        _recorded(peer, effort.jobs + number)
    ran = stamps.times()[-effort.probes :]
    waits = sorted(after - before for before, after in zip(begun, ran, strict=True))
    return median(waits), waits[int(len(waits) * 0.99)]
