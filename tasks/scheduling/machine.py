"""The scheduler's memory: every verb changes the world and lets those concerned stand in line anew.

Nothing is rebuilt between two decisions. A verb moves one session and its workspace; only a worker that joins,
leaves or changes what it can do, and a change of a project's limits, look at all who lag behind.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from math import inf
from uuid import UUID

from tasks.scheduling.aging import level
from tasks.scheduling.changes import Unknown
from tasks.scheduling.fairness import price
from tasks.scheduling.fleet import Fleet
from tasks.scheduling.line import Line
from tasks.scheduling.runs import joins
from tasks.scheduling.scopes import Kind, Project, Session, is_open
from tasks.scheduling.timetable import Timetable
from tasks.scheduling.values import (
    LEVELS,
    Heads,
    Needs,
    Platform,
    Policy,
    Running,
    Waiting,
)
from tasks.scheduling.workspace import Spot, Workspace

Override = tuple[float, float, int, Kind, Session]
"""An overridden job that is the first of its kind in its session: override, queued_at, id, kind, session."""


class Machine:
    def __init__(self, platform: Platform, policy: Policy, now: float) -> None:
        self.platform = platform
        self.policy = policy
        self.now = now
        self.fleet = Fleet()
        self.line = Line(platform.clock)
        self.workspaces: dict[UUID, Workspace] = {}
        self.sessions: dict[UUID, Session] = {}
        self.projects: dict[UUID, Project] = {}
        self.running: dict[UUID, Running] = {}
        self.waiting: dict[UUID, Session] = {}  # whose window a job is in
        self.overridden: dict[Session, list[Override]] = {}
        self.wanted: set[UUID] = set()
        self.moved_sessions: set[Session] = set()  # whose clock is to be saved
        self.moved_workspaces: set[Workspace] = set()
        self._kinds: dict[tuple[Needs, Project | None], Kind] = {}
        self.timetable = Timetable()

    @property
    def full(self) -> bool:
        """Nothing may start, wherever."""
        platform = self.platform
        return (
            platform.paused or not self.fleet.free or (platform.cap is not None and len(self.running) >= platform.cap)
        )

    def let_go(self) -> None:
        """Of everything: nothing can be asked after that."""
        for session in self.sessions.values():
            session.empty()
            session.places.clear()
        for workspace in self.workspaces.values():
            workspace.sessions.clear()
            workspace.wanted.clear()
            workspace.levels.clear()
        for known in (self.sessions, self.workspaces, self.running, self.waiting, self.overridden):
            known.clear()

    # Who there is

    def workspace(self, id: UUID) -> Workspace:
        try:
            return self.workspaces[id]
        except KeyError:
            raise Unknown(f"workspace {id} was never introduced: apply WorkspaceChanged first") from None

    def session(self, id: UUID) -> Session:
        try:
            return self.sessions[id]
        except KeyError:
            raise Unknown(f"session {id} was never introduced: apply SessionChanged first") from None

    def project(self, id: UUID) -> Project:
        project = self.projects.get(id)
        if project is None:
            project = self.projects[id] = Project()
        return project

    # What waits

    def put_heads(self, id: UUID, heads: Heads) -> None:
        """A window replaces the one before."""
        session = self.session(id)
        self.fill(session, heads)
        if session.kept:
            kept, session.kept = session.kept, frozenset()
            self.moved_sessions.add(session)
            self.place(session, trusted=kept)
        else:
            self.place(session)
        self.settle(session.workspace)

    def fill(self, session: Session, heads: Heads) -> None:
        for id in session.jobs:
            del self.waiting[id]
        session.empty()
        session.more = heads.more
        session.next_at = heads.next_at
        for job in heads.waiting:
            session.jobs[job.id] = job
            self.waiting[job.id] = session
            if job.available_at is not None and job.available_at > self.now:
                self.timetable.delay(job, session)
            else:
                session.add(job, self.kind(job))
        self.unwant(session)
        if heads.more and not heads.waiting:
            self.want(session)
        self.timetable.read_again(session)

    def want(self, session: Session) -> None:
        """Its window is to be read again."""
        self.wanted.add(session.state.id)
        session.workspace.wanted.add(session)

    def unwant(self, session: Session) -> None:
        self.wanted.discard(session.state.id)
        session.workspace.wanted.discard(session)

    def remove(self, id: UUID) -> None:
        """A job waits no more, if it did."""
        session = self.waiting.get(id)
        if session is not None:
            self._drop(session, session.jobs[id])
            self.place(session)
            self.settle(session.workspace)

    def _drop(self, session: Session, job: Waiting) -> None:
        del self.waiting[job.id]
        del session.jobs[job.id]
        session.trim(self.kind(job))
        if session.ran_dry(job):
            self.want(session)

    def take_along(self, session: Session, first: Waiting, most: int) -> list[Waiting]:
        """See Scheduler.take_along."""
        taken: list[Waiting] = []
        kind, levels = self.kind(first), self.platform.open_levels
        before = session.first_of_others(kind)
        while len(taken) < most and (place := session.peek(kind)) is not None:
            job = place[-1]
            if (before is not None and before < place) or not joins(job, first) or not is_open(job, levels):
                break
            self._drop(session, job)
            taken.append(job)
        if taken:
            self.place(session)
            self.settle(session.workspace)
        return taken

    def sort_again(self, session: Session) -> None:
        """The kinds of its jobs may have changed."""
        jobs = session.jobs
        session.empty()
        session.jobs = jobs
        for job in jobs.values():
            if job.available_at is None or job.available_at <= self.now:
                session.add(job, self.kind(job))
        self.place(session)

    def kind(self, job: Waiting) -> Kind:
        project = None if job.project is None else self.projects.get(job.project)
        if project is not None and not project.has_limits:
            project = None
        key = (job.needs, project)
        kind = self._kinds.get(key)
        if kind is None:
            kind = self._kinds[key] = Kind(self.fleet.demand(job.needs), project)
        return kind

    # What runs

    def start(self, session: Session, job: Waiting, level: int, worker: str) -> Running:
        """A waiting job runs from now on, and its session and workspace are charged what it is expected to cost."""
        self._drop(session, job)
        cost = max(job.cost, self.policy.least_cost)
        workspace = session.workspace
        running = Running(job.id, job.workspace, job.session, job.project, worker, cost, level, job.needs, self.now)
        self.occupy(running)
        self._charge(session, level, cost)
        self.place(session)
        self.settle(workspace)
        return running

    def occupy(self, running: Running) -> None:
        """A job counts in every cap."""
        self.running[running.id] = running
        self._count(running, 1)
        self.fleet.take(running.worker, running.needs)

    def find(self, running: Running) -> None:
        """It runs already; nothing happens if it is known."""
        if running.id not in self.running:
            session = self.session(running.session)
            self.occupy(running)
            self.place(session)
            self.settle(session.workspace)

    def release(self, id: UUID, cost: float) -> Running | None:
        """A job counts no more, and the charge is settled to what it really cost; None if it did not run."""
        running = self.running.pop(id, None)
        if running is None:
            return None
        session = self.sessions[running.session]
        workspace = session.workspace
        moves = session.held or cost != running.cost
        self.fleet.give_back(running.worker, running.needs)
        self._count(running, -1)
        if cost != running.cost:
            self._charge(session, running.level, cost, before=running.cost)
        workspace.levels[running.level].turns.ended(cost, session.weight)
        self.line.turns.ended(cost, workspace.weight)
        self.moved_workspaces.add(workspace)
        if moves:
            self.place(session)
        self.settle(workspace)
        return running

    def _charge(self, session: Session, level: int, cost: float, before: float = 0.0) -> None:
        """Charge this cost instead of the one before."""
        workspace = session.workspace
        workspace.charge(session, level, price(cost, session.weight) - price(before, session.weight))
        workspace.clock += price(cost, workspace.weight) - price(before, workspace.weight)
        self.line.charged(workspace)
        self.moved_sessions.add(session)
        self.moved_workspaces.add(workspace)

    def _count(self, running: Running, by: int) -> None:
        session = self.session(running.session)
        session.running += by
        workspace = session.workspace
        workspace.running += by
        if running.project is not None:
            project = self.project(running.project)
            was_open = project.open
            project.running += by
            if project.open != was_open:
                workspace.project_turned(project)

    # Standing in line

    def place(self, session: Session, trusted: Collection[int] = (), only: Collection[int] = range(LEVELS)) -> None:
        """Let a session stand where its first jobs belong, if they are at these levels only.

        trusted: levels in which it stood before, so that it does not come in anew.
        """
        workspace = session.workspace
        spots: list[Spot] = []
        overrides: list[Override] = []
        stood = session.levels if session in workspace.wanted and not session.held else set()
        if not session.held:
            spots, overrides = self._sort(session, only)
        if overrides:
            self.overridden[session] = overrides
        elif self.overridden:
            self.overridden.pop(session, None)
        if workspace.place(session, spots, trusted):
            session.kept |= stood
            self.moved_sessions.add(session)

    def resume(self, session: Session, levels: frozenset[int]) -> None:
        """After loading: let it stand again at the levels at which it stood when its clock was saved."""
        if session in session.workspace.wanted:
            session.kept |= levels
        self.place(session, trusted=levels, only=levels)

    def _sort(self, session: Session, only: Collection[int]) -> tuple[list[Spot], list[Override]]:
        """The session's first job of each kind: where it stands in line, or as an override."""
        spots: list[Spot] = []
        overrides: list[Override] = []
        before: frozenset[Kind] = frozenset()
        heads = session.heads(self.platform.open_levels)
        for (override, _, tie, job), kind in heads:
            if override != inf:
                overrides.append((override, job.queued_at, tie, kind, session))
            else:
                number, better_at = level(job, self.now, self.policy.aging_seconds)
                self.timetable.age(session, better_at)
                if number in only:
                    spots.append(Spot(number, kind, before, job))
            if len(heads) > 1:
                before = before | {kind}
        return spots, overrides

    def settle(self, workspace: Workspace) -> None:
        """Let a workspace stand where its sessions want; end all debts if it, or everything, is at rest."""
        kept = workspace.kept
        workspace.kept = bool(workspace.wanted) and (kept or bool(workspace.entered))
        if self.line.place(workspace, kept) or workspace.kept != kept:
            self.moved_workspaces.add(workspace)
        if workspace.idle:
            if workspace.rest():
                self.moved_workspaces.add(workspace)
            if not self.running and not self.line.turns.weight and not self.wanted:
                self.line.rest()

    def settle_all(self, trusted: set[UUID]) -> None:
        """After loading: trusted are the workspaces that stood in line already."""
        for id in trusted:
            self.workspaces[id].kept = True
            self.settle(self.workspaces[id])
        for workspace in self.workspaces.values():
            self.settle(workspace)

    def startable_overrides(self) -> Iterator[Override]:
        """The overridden jobs that could start now, in their order; of each session the first of a kind."""
        if self.overridden:
            for head in sorted(head for heads in self.overridden.values() for head in heads):
                *_, kind, session = head
                if not session.workspace.held and kind.open(self.fleet):
                    yield head

    # Time

    def advance(self, now: float) -> None:
        """Let what was due until now happen: delays end, jobs age. Time never goes back."""
        self.now = max(self.now, now)
        moved: dict[Session, None] = {}
        for session, job in self.timetable.delays_over(self.now):
            if job is None:
                self.want(session)
            else:
                session.add(job, self.kind(job))
                moved[session] = None
        moved.update(dict.fromkeys(self.timetable.aged(self.now)))
        for session in moved:
            self.place(session)
            self.settle(session.workspace)
