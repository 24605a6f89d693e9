"""Who is there and what binds them: workspaces, sessions, projects and workers that come, change and go."""

from __future__ import annotations

from uuid import UUID

from tasks.scheduling.fairness import as_weight
from tasks.scheduling.machine import Machine
from tasks.scheduling.scopes import Session
from tasks.scheduling.values import Platform, ProjectState, SessionState, Worker, WorkspaceState
from tasks.scheduling.workspace import Workspace


def put_workspace(machine: Machine, state: WorkspaceState) -> None:
    workspace = machine.workspaces.get(state.id)
    if workspace is None:
        machine.workspaces[state.id] = Workspace(state)
        return
    workspace.state = state
    weight = as_weight(state.weight)
    if workspace.entered:
        machine.line.turns.weight += weight - workspace.weight
    workspace.weight = weight
    machine.settle(workspace)


def put_session(machine: Machine, state: SessionState) -> None:
    session = machine.sessions.get(state.id)
    if session is None:
        workspace = machine.workspace(state.workspace)
        session = machine.sessions[state.id] = Session(state, workspace)
        workspace.add(session)
        return
    session.state = state
    weight = as_weight(state.weight)
    for number in session.levels:
        session.workspace.levels[number].turns.weight += weight - session.weight
    session.weight = weight
    machine.place(session)
    machine.settle(session.workspace)


def forget_session(machine: Machine, id: UUID) -> None:
    """Only where nothing of it waits or runs."""
    session = machine.sessions.get(id)
    if session is not None and not session.jobs and not session.running:
        del machine.sessions[id]
        session.workspace.forget(session)
        machine.moved_sessions.discard(session)
        machine.unwant(session)


def put_project(machine: Machine, state: ProjectState) -> None:
    project = machine.project(state.id)
    had_limits, was_open = project.has_limits, project.open
    project.state = state
    workspace = machine.workspace(state.workspace)
    if project.open != was_open:
        workspace.project_turned(project)
    if project.has_limits != had_limits:
        for session in workspace.sessions:
            if any(job.project == state.id for job in session.jobs.values()):
                machine.sort_again(session)
    _forget_lag(machine, workspace)
    machine.settle(workspace)


def put_platform(machine: Machine, platform: Platform) -> None:
    changed = platform.open_levels != machine.platform.open_levels
    machine.platform = platform
    if changed:
        for session in machine.sessions.values():
            machine.place(session)
        for workspace in machine.workspaces.values():
            machine.settle(workspace)


def put_worker(machine: Machine, worker: Worker) -> None:
    if machine.fleet.put(worker):
        _forget_all_lag(machine)


def remove_worker(machine: Machine, id: str) -> None:
    if machine.fleet.remove(id):
        _forget_all_lag(machine)


def _forget_all_lag(machine: Machine) -> None:
    for workspace in machine.workspaces.values():
        _forget_lag(machine, workspace)
        if workspace.entered and workspace.clock < machine.line.turns.at:
            workspace.clock = machine.line.turns.at
            machine.moved_workspaces.add(workspace)
        machine.settle(workspace)


def _forget_lag(machine: Machine, workspace: Workspace) -> None:
    """What some could use has changed: who waited in vain for what was not there is not ahead of the others."""
    for session in workspace.sessions:
        lags = False
        for number in session.levels:
            at = workspace.levels[number].turns.at
            if session.clocks[number] < at:
                session.clocks[number] = at
                lags = True
        if lags:
            machine.moved_sessions.add(session)
            machine.place(session)
