"""What the scheduler keeps of each project and session between two decisions."""

from __future__ import annotations

from heapq import heappop, heappush
from math import inf
from typing import TYPE_CHECKING
from uuid import UUID

from tasks.scheduling.aging import urgency
from tasks.scheduling.fairness import as_weight
from tasks.scheduling.fleet import Demand, Fleet
from tasks.scheduling.values import LEVELS, Needs, ProjectState, SessionState, Waiting

if TYPE_CHECKING:
    from tasks.scheduling.workspace import Lane, Workspace


class Project:
    """state is None where nobody said anything about it: no cap, not paused."""

    __slots__ = ("running", "state")

    def __init__(self) -> None:
        self.state: ProjectState | None = None
        self.running = 0

    @property
    def has_limits(self) -> bool:
        return self.state is not None and (self.state.paused or self.state.cap is not None)

    @property
    def open(self) -> bool:
        state = self.state
        return state is None or not (state.paused or (state.cap is not None and self.running >= state.cap))


class Kind:
    """A requirement class: jobs that want the same of a worker and are under the same project's limits.

    Of one session's jobs of a kind, if the first cannot start, none can; those of another kind may.
    project is None where the project has no limits.
    """

    __slots__ = ("demand", "project")

    def __init__(self, demand: Demand, project: Project | None) -> None:
        self.demand = demand
        self.project = project

    def open(self, fleet: Fleet) -> bool:
        """Whether such a job could start now, as far as its project and the workers are concerned."""
        return (self.project is None or self.project.open) and self.demand.post(fleet) is not None


Position = tuple[float, float, int, Waiting]


def position(job: Waiting) -> Position:
    """A job's place in its session's own order: override first, then rank, then id."""
    return (inf if job.override is None else job.override, job.rank, job.id.int, job)


def is_open(job: Waiting, open_levels: int) -> bool:
    """Whether jobs of its level start at all."""
    return job.override is not None or urgency(job) < open_levels


def _by_position(head: tuple[Position, Kind]) -> Position:
    return head[0]


class Session:
    """Its limits, its clocks, and the window on its backlog: the jobs that could start, by kind."""

    __slots__ = (
        "_queues",
        "_shown",
        "ages_at",
        "clocks",
        "jobs",
        "kept",
        "more",
        "next_at",
        "places",
        "running",
        "state",
        "tie",
        "weight",
        "workspace",
    )

    def __init__(self, state: SessionState, workspace: Workspace) -> None:
        self.state = state
        self.workspace = workspace
        self.tie = state.id.int
        self.weight = as_weight(state.weight)
        self.running = 0
        self.clocks = list(state.clock.levels)
        self.jobs: dict[UUID, Waiting] = {}  # the window, with those whose delay is not over
        self._queues: dict[Kind, list[Position]] = {}  # heaps, never empty; may hold jobs that left the window
        self.more = False
        self._shown: dict[tuple[Needs, UUID | None], int] = {}  # how many of each class, where there are more
        self.next_at: float | None = None
        self.places: dict[tuple[int, Kind], Lane] = {}  # where it stands in line: level and kind
        self.kept: frozenset[int] = frozenset()  # levels in which it stood when its window ran dry
        self.ages_at = inf  # when its levels are to be looked at again

    @property
    def held(self) -> bool:
        """Nothing of it may start, whatever it is."""
        return self.state.paused or (self.state.cap is not None and self.running >= self.state.cap)

    @property
    def levels(self) -> set[int]:
        """The levels in which it stands in line."""
        return {level for level, _ in self.places}

    def add(self, job: Waiting, kind: Kind) -> None:
        """A job of the window may start from now on."""
        if self.more:
            shown = (job.needs, job.project)
            self._shown[shown] = self._shown.get(shown, 0) + 1
        heappush(self._queues.setdefault(kind, []), position(job))

    def empty(self) -> None:
        """Forget the window."""
        if not self.jobs:
            return
        self.jobs = {}
        self._queues = {}
        self._shown = {}

    def trim(self, kind: Kind) -> None:
        """Forget what left the window from the head of this kind."""
        queue = self._queues.get(kind)
        if queue is None:
            return
        while queue:
            job = queue[0][-1]
            if self.jobs.get(job.id) is job:
                return
            heappop(queue)
        del self._queues[kind]

    def ran_dry(self, job: Waiting) -> bool:
        """This job left the window: whether there are more, and it was the last one shown of its class."""
        shown = (job.needs, job.project)
        if not self.more or shown not in self._shown:
            return False
        self._shown[shown] -= 1
        return not self._shown[shown]

    def first(self, kind: Kind, open_levels: int = LEVELS) -> Waiting:
        """The first job of a kind it has, of those of the open levels; there must be one."""
        first = self._first(self._queues[kind], open_levels)
        if first is None:
            raise AssertionError(f"session {self.state.name} has no such job of the first {open_levels} levels")
        return first[-1]

    def peek(self, kind: Kind) -> Position | None:
        """The first place of a kind, whatever its level; None: it has no such job."""
        queue = self._queues.get(kind)
        return None if queue is None else queue[0]

    def first_of_others(self, kind: Kind) -> Position | None:
        """The first place among all other kinds."""
        return min((queue[0] for other, queue in self._queues.items() if other is not kind), default=None)

    def heads(self, open_levels: int = LEVELS) -> list[tuple[Position, Kind]]:
        """The first job of each kind, in the session's own order; of the open levels only."""
        firsts = ((self._first(queue, open_levels), kind) for kind, queue in self._queues.items())
        heads = [(first, kind) for first, kind in firsts if first is not None]
        if len(heads) > 1:
            heads.sort(key=_by_position)
        return heads

    def _first(self, queue: list[Position], open_levels: int) -> Position | None:
        """The head, unless its level is closed: then the first of those in the window whose level is not."""
        if open_levels >= LEVELS or is_open(queue[0][-1], open_levels):
            return queue[0]
        there = (each for each in queue if self.jobs.get(each[-1].id) is each[-1])
        return min((each for each in there if is_open(each[-1], open_levels)), default=None)
