"""A small platform in simulated time: jobs come, start where the scheduler says, and end after their real length."""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import heappop, heappush
from uuid import UUID

from tasks.scheduling import changes
from tasks.scheduling.core import Scheduler
from tasks.scheduling.values import (
    Clocks,
    Policy,
    SessionState,
    Waiting,
    Worker,
    WorkspaceState,
)
from tests.tasks.scheduling.world import POLICY, STEP, World, drain, make_id


@dataclass
class Started:
    at: float
    job: Waiting
    length: float

    @property
    def waited(self) -> float:
        return self.at - self.job.queued_at


@dataclass
class Simulation:
    """One workspace, unless others are added."""

    slots: int = 1
    window: int = 1000
    policy: Policy = POLICY
    started: list[Started] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.world = World(window=self.window)
        self.world.workers["w0"] = Worker("w0", self.slots)
        self.scheduler = Scheduler.load(self.world.snapshot(Clocks(0, {}, {})), self.policy, 0.0)
        self._ends: list[tuple[float, UUID]] = []
        self._arrivals: list[tuple[float, int, Waiting]] = []
        self._lengths: dict[UUID, float] = {}
        self._serial = 0
        self.workspace = self.add_workspace()

    @property
    def now(self) -> float:
        return self.world.now

    def add_workspace(self, name: str = "", **state: object) -> UUID:
        id = make_id(1, len(self.world.workspaces))
        workspace = WorkspaceState(id, name or f"workspace-{id.int & 255}", **state)  # type: ignore[arg-type]
        self.world.workspaces[id] = workspace
        self.scheduler.apply(changes.WorkspaceChanged(workspace))
        return id

    def add_session(self, name: str = "", workspace: UUID | None = None, **state: object) -> UUID:
        id = make_id(2, len(self.world.sessions))
        state.setdefault("cap", None)
        session = SessionState(id, workspace or self.workspace, name or f"session-{id.int & 255}", **state)  # type: ignore[arg-type]
        self.world.sessions[id] = session
        self.scheduler.apply(changes.SessionChanged(session))
        return id

    def change_worker(self, worker: Worker) -> None:
        self.world.workers[worker.id] = worker
        self.scheduler.apply(changes.WorkerChanged(worker))

    def submit(
        self, session: UUID, count: int = 1, *, at: float | None = None, length: float | None = None, **state: object
    ) -> list[Waiting]:
        """Jobs that come at a time (now). length: what they really take; else their cost, what is expected."""
        at = self.now if at is None else at
        jobs = []
        for _ in range(count):
            self._serial += 1
            id = make_id(3, self._serial)
            rank = at + STEP * int(state.get("priority", 2))  # type: ignore[call-overload]
            fields = {"rank": rank, "queued_at": at} | state
            job = Waiting(id, self.world.sessions[session].workspace, session, **fields)  # type: ignore[arg-type]
            self._lengths[id] = job.cost if length is None else length
            heappush(self._arrivals, (at, self._serial, job))
            jobs.append(job)
        return jobs

    def run(self, until: float = float("inf")) -> list[Started]:
        """To the end, or to a time; what started since the last call."""
        first = len(self.started)
        while True:
            self._step()
            due = [heap[0][0] for heap in (self._ends, self._arrivals) if heap]
            event = self.scheduler.next_event_at(self.now)
            if event is not None and self.world.waiting:
                due.append(event)
            if not due or min(due) > until:
                if until < float("inf"):
                    self.world.now = max(self.now, until)
                return self.started[first:]
            self.world.now = min(due)

    def _step(self) -> None:
        while self._ends and self._ends[0][0] <= self.now:
            _, id = heappop(self._ends)
            del self.world.running[id]
            self.scheduler.apply(changes.Finished(id, self._lengths[id]))
        changed = set()
        while self._arrivals and self._arrivals[0][0] <= self.now:
            job = heappop(self._arrivals)[2]
            self.world.waiting[job.id] = job
            changed.add(job.session)
        for session in sorted(changed):
            self.scheduler.apply(changes.SessionHeads(session, self.world.heads(session)))
        for start in drain(self.scheduler, self.world):
            length = self._lengths[start.job.id]
            self.started.append(Started(self.now, start.job, length))
            heappush(self._ends, (self.now + length, start.job.id))
