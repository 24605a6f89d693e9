"""The scheduler: a machine of values that is told what changes and says which job starts next, and where.

The order: an admin's override → workspace by fair share → level (priority, inherited or aged) → pinned by hand →
session by fair share → the session's own order. Caps and pauses of platform, workspace, session, project and
worker bind every start. If any job could start, one does.

It reads no clock and does no I/O: `now` is given, in epoch seconds of the database's clock.
"""

from __future__ import annotations

from uuid import UUID

from tasks.scheduling import changes, export, limits
from tasks.scheduling.aging import level
from tasks.scheduling.changes import Change
from tasks.scheduling.explain import explain
from tasks.scheduling.machine import Machine
from tasks.scheduling.reasons import Reason
from tasks.scheduling.scopes import Kind, Session
from tasks.scheduling.values import Clocks, Policy, Snapshot, Start, Waiting


class Scheduler:
    """`load` it from a snapshot, `apply` what changes, and ask for the `next` start until there is none."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    @classmethod
    def load(cls, snapshot: Snapshot, policy: Policy | None = None, now: float = 0.0) -> Scheduler:
        """Every session that has heads or running jobs must be in the snapshot, and its workspace too."""
        machine = Machine(snapshot.platform, policy or Policy(), now)
        for worker in snapshot.workers:
            machine.fleet.put(worker)
        for workspace in snapshot.workspaces:
            limits.put_workspace(machine, workspace)
        for project in snapshot.projects:
            limits.put_project(machine, project)
        for session in snapshot.sessions:
            limits.put_session(machine, session)
        for running in snapshot.running:
            machine.occupy(running)
        for id, heads in snapshot.heads.items():
            machine.fill(machine.session(id), heads)
        # Those who stood in line come first, with the clocks they had: the others join behind or beside them.
        for state in snapshot.sessions:
            if state.clock.waiting:
                machine.resume(machine.sessions[state.id], state.clock.waiting)
        for id in snapshot.heads:
            machine.place(machine.sessions[id])
        machine.settle_all(trusted={state.id for state in snapshot.workspaces if state.clock.waiting})
        machine.advance(now)
        return cls(machine)

    def apply(self, change: Change) -> None:
        """Raises Unknown where the change is about a session or workspace that was never introduced."""
        machine = self._machine
        match change:
            case changes.SessionHeads(session, heads):
                machine.put_heads(session, heads)
            case changes.Gone(job):
                machine.remove(job)
            case changes.Finished(job, cost):
                machine.release(job, max(cost, machine.policy.least_cost))
            case changes.Returned(job, cost):
                running = machine.release(job, cost)
                if running is not None:
                    machine.want(machine.sessions[running.session])
            case changes.Found(running):
                machine.remove(running.id)
                machine.find(running)
            case _:
                self._apply_limits(change)

    def _apply_limits(self, change: Change) -> None:
        machine = self._machine
        match change:
            case changes.WorkerChanged(worker):
                limits.put_worker(machine, worker)
            case changes.WorkerGone(id):
                limits.remove_worker(machine, id)
            case changes.PlatformChanged(platform):
                limits.put_platform(machine, platform)
            case changes.WorkspaceChanged(workspace):
                limits.put_workspace(machine, workspace)
            case changes.SessionChanged(session):
                limits.put_session(machine, session)
            case changes.SessionGone(id):
                limits.forget_session(machine, id)
            case changes.ProjectChanged(project):
                limits.put_project(machine, project)

    def next(self, now: float) -> Start | None:
        """The job that starts next, already counted as running and charged; None where nothing can start."""
        machine = self._machine
        machine.advance(now)
        if machine.full:
            return None
        override = next(machine.startable_overrides(), None)
        if override is not None:
            *_, kind, session = override
            first = session.first(kind, machine.platform.open_levels)
            number, _ = level(first, machine.now, machine.policy.aging_seconds)
            return self._start(session, kind, number)
        workspace = machine.line.choose(machine.fleet)
        if workspace is None:
            return None
        choice = workspace.choose(machine.fleet)
        if not choice.pinned:  # what was moved ahead by hand says nothing about how far the line has come
            workspace.levels[choice.level].turns.began(choice.session.clocks[choice.level])
            machine.line.turns.began(workspace.clock)
        return self._start(choice.session, choice.kind, choice.level)

    def take_along(self, first: Waiting, most: int) -> list[Waiting]:
        """The jobs that go along in the run of the one that has just started, at most so many, in their order: those
        of its session's window that may, as long as no other stands between them. They wait no more, and hold no slot
        of their own: the end of the first is the end of the run.
        """
        machine = self._machine
        return machine.take_along(machine.sessions[first.session], first, most)

    @property
    def free_slots(self) -> int:
        """Of all workers that take jobs."""
        return self._machine.fleet.free

    @property
    def waiting(self) -> int:
        """How many jobs are in the windows."""
        return len(self._machine.waiting)

    def _start(self, session: Session, kind: Kind, level: int) -> Start:
        machine = self._machine
        job = session.first(kind, machine.platform.open_levels)
        post = kind.demand.post(machine.fleet)
        if post is None:
            raise AssertionError(f"job {job.id} was chosen and no worker can take it")
        running = machine.start(session, job, level, post.id)
        return Start(job, post.id, level, running.cost)

    def why(self, job: Waiting, now: float) -> Reason:
        """Why a queued job (in its session's window or not) waits."""
        self._machine.advance(now)
        return explain(self._machine, job)

    def wanted(self) -> set[UUID]:
        """Sessions that are to be read again (SessionHeads): a requirement class of their window ran dry while the
        database holds more, a delay is over of what was not in the window, or a job of theirs was Returned.
        """
        return set(self._machine.wanted)

    def next_event_at(self, now: float) -> float | None:
        """When time alone may change the answer of `next` or `wanted` (a delay ends, a job ages); None: never."""
        self._machine.advance(now)
        return self._machine.timetable.next()

    def clocks(self) -> Clocks:
        """All clocks."""
        machine = self._machine
        return export.clocks(machine, machine.workspaces.values(), machine.sessions.values())

    def changed_clocks(self) -> Clocks:
        """The clocks that changed since this was last asked: those that the leader has to save."""
        machine = self._machine
        changed = export.clocks(machine, machine.moved_workspaces, machine.moved_sessions)
        machine.moved_workspaces.clear()
        machine.moved_sessions.clear()
        return changed

    def snapshot(self) -> Snapshot:
        """The world as the scheduler knows it; loading it gives a scheduler that decides the same."""
        return export.snapshot(self._machine)

    def let_go(self) -> None:
        """To be called by who asked once and keeps nothing: sessions and workspaces hold one another, and would stay
        until the garbage collector comes by."""
        self._machine.let_go()

    def copy(self) -> Scheduler:
        """An independent copy, to run forward (estimate, preview)."""
        machine = self._machine
        copy = Scheduler.load(export.snapshot(machine), machine.policy, machine.now)
        for id in machine.wanted:
            copy._machine.want(copy._machine.sessions[id])
        return copy
