"""Puts right what can only be when a part died in a way that should be impossible, or somebody wrote to the database.

Each is one set-based statement that changes nothing where all is well: so it runs whenever a dispatcher takes over,
and on demand by `interlock doctor --mend`. What it mends is what `tasks.consistency` finds. Called as the owner.
"""

from __future__ import annotations

from dataclasses import dataclass

from tasks import dependencies, ordering, transitions
from tasks.children import settling
from tasks.dispatcher import housekeeping


@dataclass(frozen=True)
class Mended:
    """How many jobs or attempts were put right, by what was wrong."""

    lost_leases: int
    jobs_without_attempt: int
    stray_attempts: int
    settled_dependencies: int
    settled_families: int
    inherited: int

    @property
    def total(self) -> int:
        return sum(vars(self).values())


def mend() -> Mended:
    """Jobs that nobody runs are queued again, uncharged; attempts of no run are ended; dependencies are settled."""
    housekeeping.retire_silent_workers()
    return Mended(
        lost_leases=len(transitions.recover_lost_leases()),
        jobs_without_attempt=len(transitions.take_back_without_attempt()),
        stray_attempts=transitions.end_stray_attempts(),
        settled_dependencies=dependencies.settle(),
        settled_families=settling.settle(),
        inherited=len(ordering.inherit(dependencies.blocked())),
    )
