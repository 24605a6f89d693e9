"""What the leader keeps between ticks: the scheduler, and the changes that the event log brings it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings

from tasks.events.relay import Numbered
from tasks.scheduling import changes, snapshot
from tasks.scheduling.core import Scheduler
from tasks.scheduling.values import Policy, Start, WorkspaceState
from tasks.states import OVER, State
from tasks.transitions import HandedOff, HandOff

MOST_STARTS = 500  # of one tick, so that a tick stays short
SETTINGS = frozenset({"SettingsChanged", "QueuePaused", "QueueResumed"})
WORKERS = frozenset({"WorkerStarted", "WorkerStopped"})
ENDED = OVER | {State.SUSPENDED}


class DispatchState:
    """The scheduler of one term. Built from the whole database once, then kept in step by events."""

    def __init__(self, now: float) -> None:
        policy = Policy(aging_seconds=settings.INTERLOCK.aging_seconds)
        everything = snapshot.read_all()
        self.scheduler = Scheduler.load(everything, policy, now)
        self.workspaces = {each.id: each for each in everything.workspaces}
        self.known_sessions = {each.id for each in everything.sessions}
        self.workers = {each.id: each for each in everything.workers}
        self.slots: dict[UUID, tuple[int, float]] = {}  # job → the epoch under which it has a slot, and since when
        self.stale: set[UUID] = set()  # sessions whose heads are to be read again
        self.over: set[UUID] = set()  # jobs that ended since their dependants were looked at

    def take(self, events: Sequence[Numbered]) -> None:
        """Bring the scheduler up to what the events tell."""
        if any(event.kind in SETTINGS for event in events):
            self.read_settings()
        if any(event.kind in WORKERS for event in events):
            self.read_workers()
        for event in events:
            if event.job_id is not None and event.session_id is not None:
                self._take_job(event, event.job_id, event.session_id)

    def _take_job(self, event: Numbered, job: UUID, session: UUID) -> None:
        if event.kind == "TaskProgress":
            return
        if event.before == State.RUNNING and event.after != State.RUNNING:
            self._freed(job, event)
        elif event.before == State.QUEUED and event.after not in (State.QUEUED, State.RUNNING):
            self.slots.pop(job, None)
            self.scheduler.apply(changes.Finished(job, 0.0))
            self.scheduler.apply(changes.Gone(job))
        elif event.after == State.RUNNING and job in self.slots:
            self.slots[job] = (self.slots[job][0], event.at.timestamp())
        if event.after in OVER:
            self.over.add(job)
        if event.after == State.QUEUED or event.before == State.QUEUED:
            self.stale.add(session)

    def _freed(self, job: UUID, event: Numbered) -> None:
        """A run ended, unless the event tells of an earlier one than the slot it has now."""
        epoch, since = self.slots.get(job, (event.epoch, event.at.timestamp()))
        if event.epoch != epoch:
            return
        self.slots.pop(job, None)
        cost = max(0.0, event.at.timestamp() - since)
        back = event.after == State.QUEUED
        self.scheduler.apply(changes.Returned(job, cost) if back else changes.Finished(job, cost))

    def refresh(self) -> None:
        """Read the heads of the sessions that changed or ran dry."""
        wanted = self.stale | self.scheduler.wanted()
        self.stale = set()
        if not wanted:
            return
        self._introduce(wanted - self.known_sessions)
        for session, heads in snapshot.read_heads(wanted & self.known_sessions).items():
            self.scheduler.apply(changes.SessionHeads(session, heads))

    def _introduce(self, sessions: set[UUID]) -> None:
        fresh = snapshot.read_sessions(sessions) if sessions else []
        unknown = {each.workspace for each in fresh} - self.workspaces.keys()
        self._workspaces_changed(snapshot.read_workspaces(unknown) if unknown else [])
        for each in fresh:
            self.scheduler.apply(changes.SessionChanged(each))
            self.known_sessions.add(each.id)

    def _workspaces_changed(self, read: Iterable[WorkspaceState]) -> None:
        for workspace in read:
            if self.workspaces.get(workspace.id) != workspace:
                self.workspaces[workspace.id] = workspace
                self.scheduler.apply(changes.WorkspaceChanged(workspace))

    def read_settings(self) -> None:
        """Caps, weights and pauses of every scope that is known here."""
        self._workspaces_changed(snapshot.read_workspaces())
        for project in snapshot.read_projects():
            self.scheduler.apply(changes.ProjectChanged(project))
        for session in snapshot.read_sessions(self.known_sessions):
            self.scheduler.apply(changes.SessionChanged(session))

    def read_workers(self) -> None:
        online = {worker.id: worker for worker in snapshot.read_workers()}
        for gone in self.workers.keys() - online.keys():
            self.scheduler.apply(changes.WorkerGone(gone))
        for worker in online.values():
            if self.workers.get(worker.id) != worker:
                self.scheduler.apply(changes.WorkerChanged(worker))
        self.workers = online

    def choose(self, now: float) -> list[Start]:
        """The next starts, at most MOST_STARTS; the scheduler counts each as running already."""
        starts: list[Start] = []
        while len(starts) < MOST_STARTS and (start := self.scheduler.next(now)) is not None:
            starts.append(start)
        return starts

    @property
    def has_more(self) -> bool:
        """A window ran dry while choosing: its session is read again in the next tick, behind these hand-offs."""
        return bool(self.stale or self.scheduler.wanted())

    def handed(self, starts: Sequence[Start], handed: Sequence[HandedOff], at: datetime) -> None:
        """Note who got a slot; those that somebody else took meanwhile give theirs back."""
        taken = {each.job: each.epoch for each in handed}
        for start in starts:
            if start.job.id in taken:
                self.slots[start.job.id] = (taken[start.job.id], at.timestamp())
            else:
                self.returned([start.job.id])

    def returned(self, jobs: Iterable[UUID]) -> None:
        """Hand-offs that came to nothing."""
        for job in jobs:
            self.slots.pop(job, None)
            self.scheduler.apply(changes.Returned(job))

    @property
    def is_busy(self) -> bool:
        return bool(self.slots)


def as_hand_offs(starts: Sequence[Start]) -> list[HandOff]:
    return [HandOff(s.job.id, s.job.epoch, s.worker, s.cost, s.level) for s in starts]
