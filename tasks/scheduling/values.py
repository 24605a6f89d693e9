"""What the scheduler knows of the world: frozen values, read from the database by someone else.

Times are epoch seconds of the database's clock (float). Costs are seconds of a worker's slot (float).
Clocks of the fair share are integers (weighted microseconds), so that charging and settling are exact
and a scheduler that was loaded again decides like the one that was kept. What is made for each job is a tuple, since a
frozen dataclass takes several times as long to make and to hash.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

LEVELS = 5  # P0 … P4
NO_CLOCKS = (0,) * LEVELS


@dataclass(frozen=True, slots=True)
class Policy:
    """The numbers that shape the order, for the whole deployment.

    aging_seconds: a waiting job counts one level better per so many seconds (`math.inf` switches it off).
    least_cost: what a job is charged at least, in seconds, so that free jobs take turns too.
    """

    aging_seconds: float = 900.0
    least_cost: float = 0.001


class Needs(NamedTuple):
    """What a worker must have for a job: with the project it makes the job's requirement class.

    capabilities: such as {"docker"}; "local" means a worker of this machine.
    memory_mb, cpu: reserved on the worker while the job runs; 0 reserves nothing.
    """

    capabilities: frozenset[str] = frozenset()
    memory_mb: int = 0
    cpu: float = 0.0


ANYWHERE = Needs()


class Waiting(NamedTuple):
    """A queued job.

    rank: its place in its session's own order, lower first (by hand, else queued_at + step × priority).
    available_at: not before this time (retry delay).
    inherited: the level of the most urgent job that depends on it.
    override: an admin's audited override, before everything else, lower first. Only caps and pauses hold it.
    pinned: ahead of the fair share between sessions of its level, lower first. Its place in its own session
        is still its rank: who pins a job sets both.
    cost: the seconds it is expected to take.
    kind: what sort of work it is, for measured durations. joins_runs: it may share a slot's message with others.
    type: which of Celery's tasks carries it.
    """

    id: UUID
    workspace: UUID
    session: UUID
    project: UUID | None = None
    priority: int = 2
    inherited: int | None = None
    rank: float = 0.0
    queued_at: float = 0.0
    available_at: float | None = None
    epoch: int = 0
    needs: Needs = ANYWHERE
    override: float | None = None
    pinned: float | None = None
    kind: str = ""
    joins_runs: bool = False
    type: str = "execute-task"
    cost: float = 1.0

    @property
    def is_plain(self) -> bool:
        """It asks for nothing of a worker, and no project's limits hold it."""
        return self.project is None and self.needs == ANYWHERE


class Running(NamedTuple):
    """A job that was handed off or runs: it counts in every cap.

    cost, level: what it was charged at its start (`Start.cost`, `Start.level`), settled when it ends.
    """

    id: UUID
    workspace: UUID
    session: UUID
    project: UUID | None
    worker: str
    cost: float
    level: int
    needs: Needs = ANYWHERE
    started_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker process. It runs min(slots, cap) jobs at once; memory_mb and cpu None mean: not counted.

    accepting: online and not draining. local: on the dispatcher's machine (gives the capability "local").
    limited_by: why cap is lower than it was, in words.
    doubtful: it did not take lately what it was handed; it gets jobs only when every other that could is full.
    """

    id: str
    slots: int
    cap: int | None = None
    capabilities: frozenset[str] = frozenset()
    memory_mb: int | None = None
    cpu: float | None = None
    accepting: bool = True
    local: bool = False
    doubtful: bool = False
    limited_by: str = ""


@dataclass(frozen=True, slots=True)
class SessionClock:
    """How far a session's fair share has come, for each level of its workspace.

    waiting: the levels in which it stood in line when this was saved; in those its clock is taken as it is,
    in the others it is at least the virtual time when it comes back, so that absence earns no credit.
    """

    levels: tuple[int, ...] = NO_CLOCKS
    waiting: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class WorkspaceClock:
    """A workspace's fair share, and the virtual time of each level inside it."""

    at: int = 0
    waiting: bool = False
    levels: tuple[int, ...] = NO_CLOCKS


@dataclass(frozen=True, slots=True)
class Clocks:
    """What the leader saves, so that the next one goes on where it stopped. platform: its virtual time."""

    platform: int
    workspaces: Mapping[UUID, WorkspaceClock]
    sessions: Mapping[UUID, SessionClock]


@dataclass(frozen=True, slots=True)
class Platform:
    """open_levels: how many levels of priority start at all (own or inherited, however old).

    limited_by: why not all do.
    """

    cap: int | None = None
    paused: bool = False
    open_levels: int = LEVELS
    limited_by: str = ""
    clock: int = 0


@dataclass(frozen=True, slots=True)
class WorkspaceState:
    id: UUID
    name: str
    weight: float = 1.0
    cap: int | None = None
    paused: bool = False
    clock: WorkspaceClock = WorkspaceClock()


@dataclass(frozen=True, slots=True)
class SessionState:
    id: UUID
    workspace: UUID
    name: str
    weight: float = 1.0
    cap: int | None = 3
    paused: bool = False
    clock: SessionClock = SessionClock()


@dataclass(frozen=True, slots=True)
class ProjectState:
    id: UUID
    workspace: UUID
    name: str
    cap: int | None = None
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Heads:
    """A session's first waiting jobs: a window on its backlog.

    waiting: the first few available ones of each requirement class (needs, and the project where it has limits),
        in the session's order: override first, then rank, then id. As many of a class as may start before the
        window is read again, so that one class never hides another. A window of all jobs may show those in
        their retry delay too.
    more: the database holds available jobs of this session beyond these.
    next_at: when the first job that was left out because of its retry delay becomes available.
    """

    waiting: Sequence[Waiting] = ()
    more: bool = False
    next_at: float | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything the scheduler needs to know, at one moment."""

    platform: Platform = Platform()
    workspaces: Sequence[WorkspaceState] = ()
    sessions: Sequence[SessionState] = ()
    projects: Sequence[ProjectState] = ()
    workers: Sequence[Worker] = ()
    running: Sequence[Running] = ()
    heads: Mapping[UUID, Heads] = field(default_factory=dict)


class Start(NamedTuple):
    """The next job to hand off. level and cost are what its session was charged: kept until it ends."""

    job: Waiting
    worker: str
    level: int
    cost: float
