"""What runs are made of: how long work takes, what waits of each session, and which jobs share which slot. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from tasks.scheduling import runs
from tasks.scheduling.values import Heads, Waiting

WHOLE = 64  # waiting jobs of a session up to which one more is put among them instead of reading them all again
WEIGHT = 0.1  # of the newest duration in the mean
YOUNG = 16  # ends of a kind up to which the newest counts for half: the first ones, in cold workers, tell little


class Durations:
    """How long each kind of work has taken lately: an exponentially weighted mean, in seconds."""

    def __init__(self) -> None:
        self._means: dict[str, tuple[int, float]] = {}

    def note(self, kind: str, seconds: float) -> None:
        count, mean = self._means.get(kind, (0, seconds))
        weight = 1 / 2 if count < YOUNG else WEIGHT
        self._means[kind] = (count + 1, mean + weight * (seconds - mean))

    def fitting(self, kind: str) -> int:
        """How many of this kind fit into one run; 1 where too little is known."""
        count, mean = self._means.get(kind, (0, 0.0))
        return runs.fitting(mean) if count >= runs.ENOUGH_MEASURED else 1


class Windows:
    """The heads of each session as they were last read, without those that were taken since."""

    def __init__(self) -> None:
        self._left: dict[UUID, dict[UUID, Waiting]] = {}
        self._delayed: set[UUID] = set()
        self._more: set[UUID] = set()
        self.waiting = 0

    def put(self, heads: Mapping[UUID, Heads]) -> None:
        for session, window in heads.items():
            self.waiting += len(window.waiting) - len(self._left.get(session, ()))
            self._left[session] = {job.id: job for job in window.waiting}
            (self._more.add if window.more else self._more.discard)(session)
            if window.more or window.next_at is not None:
                self._delayed.add(session)
            else:
                self._delayed.discard(session)

    @property
    def sessions(self) -> set[UUID]:
        """Those that may have something waiting, also what is delayed and so not among the heads."""
        return {session for session, left in self._left.items() if left or session in self._delayed}

    @property
    def has_more(self) -> bool:
        """Whether the database holds more than these of any session."""
        return bool(self._more)

    def has_more_than_known(self, session: UUID, wanted: int) -> bool:
        """Whether fewer than so many of the session are here, and the database holds more."""
        return session in self._more and len(self._left.get(session, ())) < wanted

    def forget(self, session: UUID) -> None:
        self._left.pop(session, None)
        self._more.discard(session)

    def add(self, job: Waiting) -> Heads | None:
        """One that came to a session of which everything that waits is here: its heads now; None where it is not."""
        left = self._left.get(job.session)
        if left is None or job.session in self._delayed or len(left) >= WHOLE:
            return None
        self.waiting += job.id not in left
        waiting = sorted([*(other for other in left.values() if other.id != job.id), job], key=lambda j: (j.rank, j.id))
        self._left[job.session] = {other.id: other for other in waiting}
        return Heads(waiting)

    def drop(self, job: UUID, session: UUID) -> None:
        if self._left.get(session, {}).pop(job, None) is not None:
            self.waiting -= 1

    def epoch_of(self, job: UUID, session: UUID) -> int | None:
        """Under which epoch the job was read, if it is among the heads."""
        known = self._left.get(session, {}).get(job)
        return None if known is None else known.epoch


@dataclass
class Slots:
    """Which jobs share which slot: a run frees its slot when the last of its members has ended."""

    _members: dict[UUID, set[UUID]] = field(default_factory=dict)
    _run_of: dict[UUID, UUID] = field(default_factory=dict)

    def take(self, run: UUID, members: Iterable[UUID]) -> None:
        for member in members:
            self._members.setdefault(run, set()).add(member)
            self._run_of[member] = run

    def leave(self, job: UUID) -> UUID | None:
        """A member ended; the run whose slot is free now, if this was its last."""
        run = self._run_of.pop(job, None)
        if run is None:
            return None
        left = self._members[run]
        left.discard(job)
        if left:
            return None
        del self._members[run]
        return run

    def __len__(self) -> int:
        return len(self._members)
