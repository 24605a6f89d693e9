"""What time alone will change: delays that end, windows to be read again, jobs that become more urgent."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush
from itertools import count
from math import inf

from tasks.scheduling.scopes import Session
from tasks.scheduling.values import Waiting


class Timetable:
    __slots__ = ("_aging", "_delays", "_serial")

    def __init__(self) -> None:
        self._serial = count()
        self._delays: list[tuple[float, int, Session, Waiting | None]] = []
        self._aging: list[tuple[float, int, Session]] = []

    def delay(self, job: Waiting, session: Session) -> None:
        """The job has an available_at in the future."""
        heappush(self._delays, (job.available_at or 0.0, next(self._serial), session, job))

    def read_again(self, session: Session) -> None:
        """At the session's next_at, if it has one."""
        if session.next_at is not None:
            heappush(self._delays, (session.next_at, next(self._serial), session, None))

    def age(self, session: Session, at: float) -> None:
        """One of the session's first jobs becomes more urgent then (inf: never)."""
        if at < session.ages_at:
            session.ages_at = at
            heappush(self._aging, (at, next(self._serial), session))

    def delays_over(self, now: float) -> Iterator[tuple[Session, Waiting | None]]:
        """Jobs that may start from now on; None where the session's window is to be read again."""
        while self._delays and self._delays[0][0] <= now:
            at, _, session, job = heappop(self._delays)
            if job is None:
                if session.next_at == at:
                    session.next_at = None
                    yield session, None
            elif session.jobs.get(job.id) is job:
                yield session, job

    def aged(self, now: float) -> Iterator[Session]:
        while self._aging and self._aging[0][0] <= now:
            at, _, session = heappop(self._aging)
            if session.ages_at == at:
                session.ages_at = inf
                yield session

    def next(self) -> float | None:
        """When something is due; it may turn out to change nothing."""
        while self._delays and self._is_stale(*self._delays[0]):
            heappop(self._delays)
        while self._aging and self._aging[0][2].ages_at != self._aging[0][0]:
            heappop(self._aging)
        heaps: tuple[list[tuple[float, int, Session, Waiting | None]] | list[tuple[float, int, Session]], ...]
        heaps = (self._delays, self._aging)
        return min((heap[0][0] for heap in heaps if heap), default=None)

    def _is_stale(self, at: float, _: int, session: Session, job: Waiting | None) -> bool:
        return session.next_at != at if job is None else session.jobs.get(job.id) is not job
