"""A waiting job becomes more urgent with time: one level better for each step it has waited."""

from __future__ import annotations

from math import inf

from tasks.scheduling.values import Waiting


def urgency(job: Waiting) -> int:
    """Its own priority, or that of the most urgent job that depends on it."""
    return job.priority if job.inherited is None else min(job.priority, job.inherited)


def level(job: Waiting, now: float, step: float) -> tuple[int, float]:
    """The level that a job counts as now, and when it becomes a better one (inf: never).

    It starts at its own priority, or at that of the most urgent job that depends on it.
    """
    base = urgency(job)
    at = job.queued_at + step
    while base > 0 and now >= at:
        base -= 1
        at += step
    return base, (at if base > 0 else inf)
