"""Runs: several short jobs for one slot in one message, where work is short and the backlog deep. Pure.

A run holds one slot and counts as one running job in every cap. Only jobs without effects outside join one, of one
session, of one kind of work and of one requirement class, in the session's own order.
"""

from __future__ import annotations

from tasks.scheduling.values import Waiting

RUN_SECONDS = 0.05  # what a run is expected to take at the most
MOST_MEMBERS = 128
ENOUGH_MEASURED = 4  # ends of a kind before its duration is believed


def fitting(seconds: float) -> int:
    """How many jobs that take so long each fit into one run."""
    return max(1, min(MOST_MEMBERS, int(RUN_SECONDS / max(seconds, RUN_SECONDS / MOST_MEMBERS))))


def share(waiting: int, free_slots: int) -> int:
    """How many of those that wait a run may take at the most, so that it never empties the queue while slots stay
    free."""
    return max(1, -(-waiting // max(1, free_slots)))


def joins(job: Waiting, first: Waiting) -> bool:
    """Whether a job of the same session may go along with the one that starts."""
    same = (job.kind, job.needs, job.project) == (first.kind, first.needs, first.project)
    return same and job.joins_runs and first.joins_runs and job.override is None and job.pinned is None
