"""The scheduler: a machine of values that is told what changes and says which job starts next, and where."""

from __future__ import annotations

from uuid import UUID

from tasks.scheduling.changes import Change
from tasks.scheduling.reasons import Reason
from tasks.scheduling.values import Clocks, Policy, Snapshot, Start, Waiting


class Scheduler:
    @classmethod
    def load(cls, snapshot: Snapshot, policy: Policy | None = None, now: float = 0.0) -> Scheduler:
        raise NotImplementedError

    def apply(self, change: Change) -> None:
        raise NotImplementedError

    def next(self, now: float) -> Start | None:
        """The job that starts next, already counted as running and charged; None where nothing can start."""
        raise NotImplementedError

    def why(self, job: Waiting, now: float) -> Reason:
        """Why a queued job (in the window or not) waits."""
        raise NotImplementedError

    def wanted(self) -> set[UUID]:
        """Sessions whose window ran dry while the database holds more: answer with SessionHeads."""
        raise NotImplementedError

    def next_event_at(self, now: float) -> float | None:
        """When time alone may change the answer of `next` (a delay ends, a job ages); None: never."""
        raise NotImplementedError

    def clocks(self) -> Clocks:
        """All clocks, to be saved."""
        raise NotImplementedError

    def changed_clocks(self) -> Clocks:
        """The clocks that changed since this was last asked."""
        raise NotImplementedError

    def snapshot(self) -> Snapshot:
        """The world as the scheduler knows it; loading it gives a scheduler that decides the same."""
        raise NotImplementedError

    def copy(self) -> Scheduler:
        """An independent copy, to run forward (estimate, preview)."""
        raise NotImplementedError
