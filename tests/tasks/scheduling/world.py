"""The whole queue as plain dictionaries, and what ought to start next, found by looking at every job.

It stands for the database (the scheduler sees windows of it) and for the law (what the heaps must agree with).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import takewhile
from math import inf
from uuid import UUID

from tasks.scheduling.changes import SessionHeads
from tasks.scheduling.core import Scheduler
from tasks.scheduling.values import (
    Clocks,
    Heads,
    Needs,
    Platform,
    Policy,
    ProjectState,
    Running,
    SessionClock,
    SessionState,
    Snapshot,
    Start,
    Waiting,
    Worker,
    WorkspaceClock,
    WorkspaceState,
)

STEP = 100.0
POLICY = Policy(aging_seconds=STEP)


def make_id(kind: int, number: int) -> UUID:
    """The same in each run, and in the order of the numbers."""
    return UUID(int=(kind << 64) + number)


def level_of(job: Waiting, now: float, step: float = STEP) -> int:
    base = job.priority if job.inherited is None else min(job.priority, job.inherited)
    steps = sum(now >= job.queued_at + step * number for number in range(1, 5))
    return max(0, base - steps)


def place_in_session(job: Waiting) -> tuple[float, float, int]:
    return (inf if job.override is None else job.override, job.rank, job.id.int)


def free_slots(worker: Worker, running: int) -> int:
    return max(0, min(worker.slots, inf if worker.cap is None else worker.cap) - running) if worker.accepting else 0  # type: ignore[return-value]


@dataclass
class World:
    window: int = 3
    show_delayed: bool = False  # whether a window that is whole also holds jobs whose delay is not over
    now: float = 0.0
    platform: Platform = field(default_factory=Platform)
    workspaces: dict[UUID, WorkspaceState] = field(default_factory=dict)
    sessions: dict[UUID, SessionState] = field(default_factory=dict)
    projects: dict[UUID, ProjectState] = field(default_factory=dict)
    workers: dict[str, Worker] = field(default_factory=dict)
    waiting: dict[UUID, Waiting] = field(default_factory=dict)
    running: dict[UUID, Running] = field(default_factory=dict)

    def heads(self, session: UUID) -> Heads:
        """What a query of the database would give: the first few of each requirement class."""
        jobs = sorted((job for job in self.waiting.values() if job.session == session), key=place_in_session)
        ready = [job for job in jobs if job.available_at is None or job.available_at <= self.now]
        seen: Counter[tuple[Needs, UUID | None]] = Counter()
        window = []
        for job in ready:
            seen[job.needs, job.project] += 1
            if seen[job.needs, job.project] <= self.window:
                window.append(job)
        if self.show_delayed and window == ready:
            return Heads(jobs)
        delayed = [job.available_at for job in jobs if job.available_at is not None and job.available_at > self.now]
        return Heads(window, more=len(window) < len(ready), next_at=min(delayed, default=None))

    def snapshot(self, clocks: Clocks) -> Snapshot:
        """Read from the start, with the clocks that the leader saved."""
        return Snapshot(
            platform=replace(self.platform, clock=clocks.platform),
            workspaces=[
                replace(state, clock=clocks.workspaces.get(id, WorkspaceClock()))
                for id, state in self.workspaces.items()
            ],
            sessions=[
                replace(state, clock=clocks.sessions.get(id, SessionClock())) for id, state in self.sessions.items()
            ],
            projects=list(self.projects.values()),
            workers=list(self.workers.values()),
            running=list(self.running.values()),
            heads={session: heads for session in self.sessions if (heads := self.heads(session)) != Heads()},
        )

    def copy(self) -> World:
        return replace(self, waiting=dict(self.waiting), running=dict(self.running))

    def began(self, start: Start) -> None:
        job = self.waiting.pop(start.job.id)
        assert job == start.job
        self.running[job.id] = Running(
            job.id, job.workspace, job.session, job.project, start.worker, start.cost, start.level, job.needs, self.now
        )

    def used(self, worker: str) -> list[Running]:
        return [running for running in self.running.values() if running.worker == worker]

    # The law

    def broken_caps(self) -> list[str]:
        """Every cap that more jobs run under than it allows."""
        by = {
            "session": Counter(it.session for it in self.running.values()),
            "workspace": Counter(it.workspace for it in self.running.values()),
            "project": Counter(it.project for it in self.running.values() if it.project),
        }
        limits = {"session": self.sessions, "workspace": self.workspaces, "project": self.projects}
        broken = [
            f"{scope} {id} runs {count}"
            for scope, counts in by.items()
            for id, count in counts.items()
            if (state := limits[scope].get(id)) and state.cap is not None and count > state.cap
        ]
        if self.platform.cap is not None and len(self.running) > self.platform.cap:
            broken.append("platform")
        for worker in self.workers.values():
            used = self.used(worker.id)
            if len(used) > min(worker.slots, inf if worker.cap is None else worker.cap):
                broken.append(f"worker {worker.id}")
            if worker.memory_mb is not None and sum(it.needs.memory_mb for it in used) > worker.memory_mb:
                broken.append(f"memory of {worker.id}")
        return broken

    def worker_for(self, needs: Needs) -> str | None:
        """The capable worker with a free slot that wastes least, then has most free slots."""
        candidates = []
        for worker in self.workers.values():
            used = self.used(worker.id)
            offered = worker.capabilities | ({"local"} if worker.local else set())
            free = free_slots(worker, len(used))
            memory = sum(it.needs.memory_mb for it in used) + needs.memory_mb
            if free and needs.capabilities <= offered and (worker.memory_mb is None or memory <= worker.memory_mb):
                candidates.append((len(offered - needs.capabilities), -free, worker.id))
        return min(candidates)[2] if candidates else None

    def may_start(self, job: Waiting) -> bool:
        running = self.running.values()
        scopes = [
            (self.platform, len(running)),
            (self.workspaces[job.workspace], sum(it.workspace == job.workspace for it in running)),
            (self.sessions[job.session], sum(it.session == job.session for it in running)),
        ]
        if job.project in self.projects:
            scopes.append((self.projects[job.project], sum(it.project == job.project for it in running)))  # type: ignore[index]
        return (
            (job.available_at is None or job.available_at <= self.now)
            and not any(state.paused or (state.cap is not None and used >= state.cap) for state, used in scopes)
            and self.worker_for(job.needs) is not None
        )

    def going_along(self, first: Waiting, window: Iterable[Waiting]) -> list[Waiting]:
        """Those of the window of its session that may share the slot of the one that starts, up to the first that may
        not."""

        def may_share(job: Waiting) -> bool:
            alike = job.kind == first.kind and job.needs == first.needs and job.project == first.project
            by_hand = job.override is not None or job.pinned is not None
            return alike and first.joins_runs and job.joins_runs and not by_hand

        there = (job for job in window if job.available_at is None or job.available_at <= self.now)
        return list(takewhile(may_share, sorted(there, key=place_in_session)))

    def limited(self, project: UUID | None) -> UUID | None:
        state = self.projects.get(project) if project else None
        return project if state and (state.paused or state.cap is not None) else None

    def expected(self, clocks: Clocks) -> Waiting | None:
        """Of the jobs that may start, the one whose turn it is."""
        ready = [job for job in self.waiting.values() if self.may_start(job)]
        if not ready:
            return None
        first: dict[UUID, Waiting] = {}
        overrides: dict[tuple[object, ...], Waiting] = {}
        for job in sorted(ready, key=place_in_session):
            first.setdefault(job.session, job)
            overrides.setdefault((job.session, job.needs, self.limited(job.project)), job)
        overridden = [job for job in overrides.values() if job.override is not None]
        if overridden:
            return min(overridden, key=lambda job: (job.override, job.queued_at, job.id.int))
        workspace = min({job.workspace for job in first.values()}, key=lambda id: (clocks.workspaces[id].at, id.int))

        def turn(job: Waiting) -> tuple[float, ...]:
            level = level_of(job, self.now)
            if job.pinned is not None:
                return (level, 0, job.pinned, job.queued_at, job.id.int)
            return (level, 1, clocks.sessions[job.session].levels[level], job.queued_at, job.id.int)

        return min((job for job in first.values() if job.workspace == workspace), key=turn)


def refill(scheduler: Scheduler, world: World) -> None:
    """Answer what the scheduler wants to read again, as the dispatcher does."""
    while wanted := scheduler.wanted():
        for session in sorted(wanted):
            scheduler.apply(SessionHeads(session, world.heads(session)))


def drain(scheduler: Scheduler, world: World) -> list[Start]:
    """Start all that can start now; the world is told."""
    starts = []
    while True:
        refill(scheduler, world)
        start = scheduler.next(world.now)
        if start is not None:
            world.began(start)
            starts.append(start)
        elif not scheduler.wanted():
            return starts


def ids(starts: Iterable[Start]) -> list[tuple[UUID, str]]:
    return [(start.job.id, start.worker) for start in starts]
