"""What the leader keeps between ticks: the scheduler, and the changes that the event log brings it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.conf import settings

from tasks.dispatcher.relations import MOVED, Relations
from tasks.dispatcher.runs import Durations, Slots, Windows
from tasks.events.relay import Numbered
from tasks.scheduling import changes, clocks, runs, snapshot
from tasks.scheduling.core import Scheduler
from tasks.scheduling.snapshot import Member
from tasks.scheduling.values import Heads, Policy, Start, Waiting, WorkspaceState
from tasks.states import OVER, State
from tasks.transitions import HandedOff, HandOff

MOST_STARTS = 500  # of one tick, so that a tick stays short
SETTINGS = frozenset({"SettingsChanged", "QueuePaused", "QueueResumed"})
WORKERS = frozenset({"WorkerStarted", "WorkerStopped"})
DOUBTED_SECONDS = 60.0
NO_TRANSITION = frozenset({"TaskProgress", "TaskCancelRequested", "ToolCalled"})


@dataclass(slots=True)
class Held:
    """A job that was handed off or runs: under which epoch, since when, with how many others in its run."""

    session: UUID
    epoch: int
    since: float
    kind: str
    size: int


@dataclass(slots=True)
class Sent:
    """A hand-off whose message went out, and when, of the monotonic clock."""

    start: HandOff
    at: float


class DispatchState:
    """The scheduler of one term. Built from the whole database once, then kept in step by events."""

    def __init__(self, now: float, durations: Durations) -> None:
        policy = Policy(aging_seconds=settings.INTERLOCK.aging_seconds)
        everything = clocks.put_into(snapshot.read_all())
        self.scheduler = Scheduler.load(everything, policy, now)
        self.durations = durations
        self.workspaces = {each.id: each for each in everything.workspaces}
        self.known_sessions = {each.id for each in everything.sessions}
        self.known_projects = {each.id for each in everything.projects}
        self.workers = {each.id: each for each in everything.workers}
        self.windows = Windows()
        self.windows.put(everything.heads)
        self.slots = Slots()
        self.held: dict[UUID, Held] = {}
        self.tickets: dict[UUID, Sent] = {}  # hand-offs that are neither taken nor written into their rows
        self.found: set[UUID] = set()  # jobs that run though nobody here handed them off
        self.ticketed_under_other_settings = False
        for member in snapshot.read_members():
            self._hold(member)
        self._introduce_projects(everything.heads.values())
        self.doubted: dict[str, float] = {}  # workers that let a hand-off run out, and until when that is remembered
        self.stale: set[UUID] = set()  # sessions whose heads are to be read again
        self.relations = Relations()

    def take(self, events: Sequence[Numbered]) -> None:
        """Bring the scheduler up to what the events tell."""
        if any(event.kind in SETTINGS for event in events):
            self.read_settings()
        if any(event.kind in WORKERS for event in events):
            self.read_workers()
        for event in events:
            if event.job_id is not None and event.session_id is not None and event.kind not in NO_TRANSITION:
                self.relations.note(event, event.job_id)
                self._take_job(event, event.job_id, event.session_id)
        if self.found:
            self._find()

    def _find(self) -> None:
        """An earlier leader's hand-offs that were taken when this one had read already: they count as all others do."""
        running, members = snapshot.read_running(self.found), snapshot.read_members(self.found)
        self.found = set()
        self._introduce({each.session for each in running} - self.known_sessions)
        for each in running:
            self.scheduler.apply(changes.Found(each))
        for member in members:
            self.windows.drop(member.id, member.session)
            self._hold(member)

    def _hold(self, member: Member) -> None:
        """It has a slot, as its row says."""
        self.slots.take(member.run, [member.id])
        self.held[member.id] = Held(member.session, member.epoch, member.since, member.kind, 1)

    def _take_job(self, event: Numbered, job: UUID, session: UUID) -> None:
        if event.kind in MOVED:
            self.stale.add(session)
            return
        at = event.at
        if event.after == State.RUNNING:
            self.doubted.pop(event.worker, None)
            self.tickets.pop(job, None)
            if job in self.held:
                self.held[job].since = at
            else:
                self.found.add(job)
        elif event.before == State.RUNNING:
            self.found.discard(job)
            if job in self.held and self.held[job].epoch == event.epoch:  # else it tells of an earlier run
                self._leave(job, at, ran=True, ended=event.after in OVER, took=event.seconds)
        elif event.before == State.QUEUED and event.after != State.QUEUED and not self._is_held_since(event, job):
            self._leave(job, at)
            self.scheduler.apply(changes.Gone(job))
            self.windows.drop(job, session)
        if event.after == State.QUEUED and not self._is_known_since(event, job, session):
            self.stale.add(session)

    def _is_held_since(self, event: Numbered, job: UUID) -> bool:
        """Whether the job was handed off after what the event tells: out of the queue and back, while nobody looked."""
        return job in self.held and event.epoch is not None and event.epoch < self.held[job].epoch

    def _is_known_since(self, event: Numbered, job: UUID, session: UUID) -> bool:
        """Whether what the event tells was read already, since the bell was faster."""
        epoch = self.held[job].epoch if job in self.held else self.windows.epoch_of(job, session)
        return epoch is not None and event.epoch is not None and event.epoch <= epoch

    def _leave(
        self, job: UUID, at: float, *, ran: bool = False, ended: bool = False, took: float | None = None
    ) -> None:
        """A job holds its slot no more; the slot itself is free, and paid for, when all of its run have left it."""
        held = self.held.pop(job, None)
        self.tickets.pop(job, None)
        if held is None:
            return
        seconds = max(0.0, at - held.since)
        if ended:
            self.durations.note(held.kind, seconds / held.size if took is None else took)
        run = self.slots.leave(job)
        if run is not None:
            self.scheduler.apply(changes.Finished(run, seconds if ran else 0.0))

    def arrive(self, came: Sequence[Waiting]) -> None:
        """Single jobs that were just submitted: put among those that wait, else their session is read."""
        for job in came:
            known = job.session in self.known_sessions and job.session not in self.stale and job.id not in self.held
            heads = self.windows.add(job) if known else None
            if heads is None:
                self.stale.add(job.session)
            else:
                self.scheduler.apply(changes.SessionHeads(job.session, heads))

    def refresh(self) -> None:
        """Read the heads of the sessions that changed or ran dry."""
        wanted = self.stale | self.scheduler.wanted()
        self.stale = set()
        if not wanted:
            return
        self._introduce(wanted - self.known_sessions)
        self._read(wanted & self.known_sessions, snapshot.window_for(len(self.known_sessions)), self.tickets)

    def _read(self, sessions: set[UUID], window: int, without: Iterable[UUID]) -> None:
        read = snapshot.read_heads(sessions, window, without=without)
        read = {session: self._without_held(heads) for session, heads in read.items()}
        self._introduce_projects(read.values())
        self.windows.put(read)
        for session, heads in read.items():
            self.scheduler.apply(changes.SessionHeads(session, heads))

    def _without_held(self, heads: Heads) -> Heads:
        """What ran, and is queued again before the event that tells of it, waits for that event."""
        if any(job.id in self.held for job in heads.waiting):
            return replace(heads, waiting=[job for job in heads.waiting if job.id not in self.held])
        return heads

    def _introduce(self, sessions: set[UUID]) -> None:
        fresh = snapshot.read_sessions(sessions) if sessions else []
        unknown = {each.workspace for each in fresh} - self.workspaces.keys()
        self._workspaces_changed(snapshot.read_workspaces(unknown) if unknown else [])
        for each in fresh:
            self.scheduler.apply(changes.SessionChanged(each))
            self.known_sessions.add(each.id)

    def _introduce_projects(self, heads: Iterable[Heads]) -> None:
        """Those of these jobs that are new here, limited or not: a limit may be set while they are known."""
        named = {job.project for window in heads for job in window.waiting if job.project is not None}
        if fresh := named - self.known_projects:
            self.known_projects |= fresh
            self._projects_changed(fresh)

    def _projects_changed(self, projects: set[UUID]) -> None:
        for project in snapshot.read_projects(projects):
            self.scheduler.apply(changes.ProjectChanged(project))

    def _workspaces_changed(self, read: Iterable[WorkspaceState]) -> None:
        for workspace in read:
            if self.workspaces.get(workspace.id) != workspace:
                self.workspaces[workspace.id] = workspace
                self.scheduler.apply(changes.WorkspaceChanged(workspace))

    def read_settings(self) -> None:
        """Caps, weights and pauses of every scope that is known here."""
        self.ticketed_under_other_settings = bool(self.tickets)
        self.read_platform()
        self._workspaces_changed(snapshot.read_workspaces())
        self._projects_changed(self.known_projects)
        for session in snapshot.read_sessions(self.known_sessions):
            self.scheduler.apply(changes.SessionChanged(session))

    def read_platform(self) -> None:
        """Its cap, its pause, and the priorities that start now."""
        self.scheduler.apply(changes.PlatformChanged(snapshot.read_platform()))

    def depth(self) -> tuple[int, int]:
        """How many jobs are queued, and how many have a slot."""
        return snapshot.count_queued(), len(self.held)

    def read_workers(self) -> None:
        now = time.monotonic()
        self.doubted = {worker: until for worker, until in self.doubted.items() if until > now}
        read = (replace(worker, doubtful=worker.id in self.doubted) for worker in snapshot.read_workers())
        online = {worker.id: worker for worker in read}
        for gone in self.workers.keys() - online.keys():
            self.scheduler.apply(changes.WorkerGone(gone))
        for worker in online.values():
            if self.workers.get(worker.id) != worker:
                self.scheduler.apply(changes.WorkerChanged(worker))
        self.workers = online

    def doubt(self, workers: Iterable[str]) -> None:
        """They did not take what they were handed: others come first, until they take something or it is forgotten."""
        for worker in workers:
            self.doubted[worker] = time.monotonic() + DOUBTED_SECONDS

    def save_clocks(self) -> None:
        """So that the next leader goes on where this one is."""
        changed = self.scheduler.changed_clocks()
        if changed.workspaces or changed.sessions:
            clocks.save(changed)

    def forget_idle_sessions(self) -> None:
        """Those that have nothing queued and nothing running cost nothing any more."""
        busy = {held.session for held in self.held.values()} | self.stale | self.windows.sessions
        idle = sorted(self.known_sessions - busy)
        for session in idle:
            self.scheduler.apply(changes.SessionGone(session))
            self.windows.forget(session)
        self.known_sessions.difference_update(idle)
        if idle:
            clocks.forget(idle)

    def choose(self, now: float) -> list[HandOff]:
        """The next hand-offs, at most MOST_STARTS; the scheduler counts each run as running already."""
        chosen: list[HandOff] = []
        share = self._share()
        while len(chosen) < MOST_STARTS and (start := self.scheduler.next(now)) is not None:
            self.windows.drop(start.job.id, start.job.session)
            members = self._members_of(start, share)
            for member in members:
                self.windows.drop(member.id, member.session)
            size = 1 + len(members)
            self.slots.take(start.job.id, [start.job.id, *(member.id for member in members)])
            for job, cost in ((start.job, start.cost), *((member, 0.0) for member in members)):
                hand_off = _hand_off(job, start, cost)
                self.held[job.id] = Held(job.session, hand_off.run_epoch, now, job.kind, size)
                self.tickets[job.id] = Sent(hand_off, time.monotonic())
                chosen.append(hand_off)
        return chosen

    def _members_of(self, start: Start, share: int) -> Sequence[Waiting]:
        """Who joins this start. Of many sessions few jobs each are known: of the one that starts as many are read now
        as its run may take."""
        if not start.job.joins_runs:
            return ()
        most = min(self.durations.fitting(start.job.kind), share) - 1
        if self.windows.has_more_than_known(start.job.session, most):
            self._read({start.job.session}, most, [*self.tickets, start.job.id])
        return self.scheduler.take_along(start.job, most)

    def _share(self) -> int:
        """How many jobs a run may take at the most."""
        if self.windows.has_more:
            return runs.MOST_MEMBERS
        return runs.share(self.windows.waiting, self.scheduler.free_slots)

    @property
    def has_more(self) -> bool:
        """A window ran dry while choosing: its session is read again in the next tick, behind these hand-offs."""
        return bool(self.stale or self.scheduler.wanted())

    def not_taken_since(self, at: float) -> list[HandOff]:
        """Those that were sent before this time of the monotonic clock, and nobody has told of their start."""
        return [sent.start for sent in self.tickets.values() if sent.at <= at]

    def written(self, starts: Sequence[HandOff], handed: Sequence[HandedOff]) -> None:
        """These stand in their rows now; of the others those that run are fine, and the rest leave their slots."""
        for start in starts:
            self.tickets.pop(start.job, None)
        if missing := {start.job for start in starts} - {each.job for each in handed}:
            run = {member.id: member.epoch for member in snapshot.read_members(missing)}
            self.returned(start.job for start in starts if start.job in missing - run.keys())

    def returned(self, jobs: Iterable[UUID]) -> None:
        """Hand-offs that came to nothing."""
        for job in jobs:
            if job in self.held:
                self.stale.add(self.held[job].session)
                self._leave(job, 0.0)

    @property
    def is_busy(self) -> bool:
        return bool(self.held)


def _hand_off(job: Waiting, start: Start, cost: float) -> HandOff:
    """`start` is that of the run's first job."""
    return HandOff(
        job.id,
        job.epoch,
        start.worker,
        start.job.id,
        cost,
        start.level,
        job.session,
        job.is_plain,
        job.type,
        job.priority,
    )
