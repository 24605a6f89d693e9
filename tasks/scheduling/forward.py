"""The scheduler run forward: when each waiting job is expected to start, if nothing else comes. Pure.

It is the same core that decides, on a copy of the same world: jobs start where it says, short ones in runs as the
dispatcher makes them, and end after the mean of what their kind took lately. The variances of the jobs that a start
waited for, one after the other, add up to its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import sqrt
from typing import NamedTuple
from uuid import UUID

from tasks.scheduling import changes, runs
from tasks.scheduling.core import Scheduler
from tasks.scheduling.measured import Expected, Measured
from tasks.scheduling.values import Running, Waiting

NINE_OF_TEN = 1.2816
"""Standard deviations above the mean of a normal distribution below which nine of ten lie."""


class Foreseen(NamedTuple):
    """When a job is expected to start, in seconds from now, and the variance of that."""

    seconds: float
    variance: float

    def p90(self, spread: float = 1.0) -> float:
        """Nine of ten start sooner; `spread` widens it by what was measured of earlier ones."""
        return self.seconds + NINE_OF_TEN * spread * sqrt(self.variance)


@dataclass
class Forward:
    """The starts that were foreseen, in their order. What is missing is held by a pause or cap that no end lifts, or
    lies beyond `most`."""

    starts: dict[UUID, Foreseen] = field(default_factory=dict)


def run_forward(
    scheduler: Scheduler,
    now: float,
    *,
    running: Mapping[UUID, Running],
    kind_of: Mapping[UUID, str],
    measured: Callable[[UUID, str], Measured],
    most: int,
) -> Forward:
    """Run the scheduler, which is used up by it, until nothing more starts, or `most` have.

    running: what runs now; kind_of: what kind each of those is; measured: of a workspace's kind of work.
    """
    ends: list[tuple[float, UUID, float, float]] = []  # when, who, how long it took, the variance of when
    for each in running.values():
        elapsed = max(0.0, now - each.started_at)
        rest = measured(each.workspace, kind_of.get(each.id, "")).remaining(elapsed)
        heappush(ends, (now + rest.mean, each.id, elapsed + rest.mean, rest.variance))
    found = Forward()
    at, before = now, 0.0
    expected: dict[tuple[UUID, str], Expected] = {}
    while len(found.starts) < most:
        start = scheduler.next(at)
        if start is not None:
            job = start.job
            kind = (job.workspace, job.kind)
            takes = expected.get(kind)
            if takes is None:
                takes = expected[kind] = measured(*kind).whole
            found.starts[job.id] = Foreseen(at - now, before)
            seconds, variance = takes.mean, takes.variance
            for member in _members(scheduler, job, takes, most - len(found.starts)):
                found.starts[member.id] = Foreseen(at - now + seconds, before + variance)
                seconds += takes.mean
                variance += takes.variance
            heappush(ends, (at + seconds, job.id, seconds, before + variance))
            continue
        due = scheduler.next_event_at(at)
        if ends and (due is None or ends[0][0] <= due):
            at, before = ends[0][0], 0.0
            while ends and ends[0][0] <= at:
                _, id, seconds, variance = heappop(ends)
                before = max(before, variance)
                scheduler.apply(changes.Finished(id, seconds))
        elif due is not None and due > at:
            at = due
        else:
            return found
    return found


def _members(scheduler: Scheduler, first: Waiting, takes: Expected, most: int) -> list[Waiting]:
    """Who goes along in the run of a job that has just started, at most so many."""
    fit = runs.fitting(takes.mean)
    if fit == 1 or not first.joins_runs:
        return []
    share = runs.share(scheduler.waiting + 1, scheduler.free_slots + 1)  # as it was before that start
    return scheduler.take_along(first, min(fit - 1, share - 1, most))
