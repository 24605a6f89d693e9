"""The scheduler's memory as values again: clocks to be saved, and a snapshot to be loaded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tasks.scheduling.machine import Machine
from tasks.scheduling.scopes import Session, position
from tasks.scheduling.values import Clocks, Heads, SessionClock, Snapshot, WorkspaceClock
from tasks.scheduling.workspace import Workspace


def clocks(machine: Machine, workspaces: Iterable[Workspace], sessions: Iterable[Session]) -> Clocks:
    return Clocks(
        platform=machine.line.turns.at,
        workspaces={workspace.state.id: _workspace_clock(workspace) for workspace in workspaces},
        sessions={session.state.id: _session_clock(session) for session in sessions},
    )


def snapshot(machine: Machine) -> Snapshot:
    return Snapshot(
        platform=replace(machine.platform, clock=machine.line.turns.at),
        workspaces=[replace(it.state, clock=_workspace_clock(it)) for it in machine.workspaces.values()],
        sessions=[replace(it.state, clock=_session_clock(it)) for it in machine.sessions.values()],
        projects=[it.state for it in machine.projects.values() if it.state is not None],
        workers=[post.worker for post in machine.fleet.posts.values() if post.worker is not None],
        running=list(machine.running.values()),
        heads={
            id: Heads(sorted(it.jobs.values(), key=position), it.more, it.next_at)
            for id, it in machine.sessions.items()
            if it.jobs or it.more or it.next_at is not None
        },
    )


def _workspace_clock(workspace: Workspace) -> WorkspaceClock:
    levels = tuple(level.turns.at for level in workspace.levels)
    return WorkspaceClock(workspace.clock, bool(workspace.entered) or workspace.kept, levels)


def _session_clock(session: Session) -> SessionClock:
    return SessionClock(tuple(session.clocks), frozenset(session.levels | session.kept))
