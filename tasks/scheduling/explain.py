"""Which one limit holds a job, in the order in which a person can do something about it.

What is said is true by itself: lifting that limit lets the job start, or shows the next one that holds it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from math import inf

from tasks.scheduling.aging import level, urgency
from tasks.scheduling.machine import Machine
from tasks.scheduling.reasons import Code, Reason
from tasks.scheduling.scopes import position
from tasks.scheduling.values import Needs, Waiting


def explain(machine: Machine, job: Waiting) -> Reason:
    return next(_held(machine, job), None) or _its_turn(machine, job)


def _held(machine: Machine, job: Waiting) -> Iterator[Reason]:
    yield from _pauses(machine, job)
    if job.available_at is not None and job.available_at > machine.now:
        at = datetime.fromtimestamp(job.available_at, UTC)
        seconds = job.available_at - machine.now
        yield Reason(
            Code.RETRY_DELAY,
            f"it is tried again in {seconds:.0f} s, at {at:%H:%M:%S} UTC",
            "job",
            until=job.available_at,
        )
    yield from _closed_level(machine, job)
    yield from _no_worker(machine, job.needs)
    yield from _caps(machine, job)
    yield from _no_room(machine, job.needs)


def _pauses(machine: Machine, job: Waiting) -> Iterator[Reason]:
    if machine.platform.paused:
        yield Reason(Code.PAUSED, "everything is paused", "platform")
    workspace = machine.workspaces.get(job.workspace)
    if workspace is not None and workspace.state.paused:
        yield _paused("workspace", workspace.state.name)
    session = machine.sessions.get(job.session)
    if session is not None and session.state.paused:
        yield _paused("session", session.state.name)
    project = None if job.project is None else machine.projects.get(job.project)
    if project is not None and project.state is not None and project.state.paused:
        yield _paused("project", project.state.name)


def _paused(scope: str, name: str) -> Reason:
    return Reason(Code.PAUSED, f"{scope} {name} is paused", scope, name)


def _caps(machine: Machine, job: Waiting) -> Iterator[Reason]:
    session = machine.sessions.get(job.session)
    if session is not None:
        yield from _cap(Code.SESSION_CAP, "session", session.state.name, session.state.cap, session.running)
    project = None if job.project is None else machine.projects.get(job.project)
    if project is not None and project.state is not None:
        yield from _cap(Code.PROJECT_CAP, "project", project.state.name, project.state.cap, project.running)
    workspace = machine.workspaces.get(job.workspace)
    if workspace is not None:
        state = workspace.state
        yield from _cap(Code.WORKSPACE_CAP, "workspace", state.name, state.cap, workspace.running)
    yield from _cap(Code.GLOBAL_CAP, "platform", "", machine.platform.cap, len(machine.running))


def _cap(code: Code, scope: str, name: str, cap: int | None, running: int) -> Iterator[Reason]:
    if cap is not None and running >= cap:
        who = f"{scope} {name}" if name else f"the {scope}"
        yield Reason(code, f"{who} runs {running} of {cap}", scope, name, limit=cap, used=running)


def _closed_level(machine: Machine, job: Waiting) -> Iterator[Reason]:
    platform = machine.platform
    if job.override is None and urgency(job) >= platform.open_levels:
        sentence = f"P{urgency(job)} waits until the machines have less to do: {platform.limited_by}"
        yield Reason(Code.RESOURCES, sentence, "platform")


def _no_worker(machine: Machine, needs: Needs) -> Iterator[Reason]:
    posts = [post for post in machine.fleet.posts.values() if post.worker is not None and post.worker.accepting]
    if not posts:
        draining = sum(post.worker is not None for post in machine.fleet.posts.values())
        sentence = (
            f"{_workers(draining)} online {_verb(draining, 'is', 'are')} draining"
            if draining
            else "no worker is online"
        )
        yield Reason(Code.NO_WORKER, sentence, "worker", limit=0, used=0)
    elif not any(post.could(needs) for post in posts):
        yield Reason(
            Code.NO_CAPABLE_WORKER,
            f"{_workers(len(posts))} online {_verb(len(posts), 'has', 'have')} not {_listed(needs)}",
            "worker",
            limit=0,
            used=0,
        )


def _workers(count: int) -> str:
    return "the one worker" if count == 1 else f"the {count} workers"


def _verb(count: int, singular: str, plural: str) -> str:
    return singular if count == 1 else plural


def _listed(needs: Needs) -> str:
    parts = sorted(needs.capabilities)
    if needs.memory_mb:
        parts.append(f"{needs.memory_mb} MB of memory")
    if needs.cpu:
        parts.append(f"{needs.cpu:g} CPUs")
    return " and ".join(parts)


def _no_room(machine: Machine, needs: Needs) -> Iterator[Reason]:
    posts = [post for post in machine.fleet.posts.values() if post.could(needs)]
    limit, used = sum(post.limit for post in posts), sum(post.running for post in posts)
    who = f"worker {posts[0].id}" if len(posts) == 1 else f"{_workers(len(posts))} that could run it"
    name = posts[0].id if len(posts) == 1 else ""
    limited = [post.worker for post in posts if post.worker is not None and post.worker.limited_by]
    if limited and not any(post.free for post in posts):
        worker = limited[0]
        sentence = f"worker {worker.id} starts no more than {worker.cap} at once now: {worker.limited_by}"
        yield Reason(Code.RESOURCES, sentence, "worker", worker.id, limit, used)
    if not any(post.free for post in posts):
        yield Reason(Code.WORKER_CAP, f"{who}: {used} of {limit} slots taken", "worker", name, limit, used)
    elif not any(post.free and post.has_room(needs) for post in posts):
        wanted = _listed(Needs(memory_mb=needs.memory_mb, cpu=needs.cpu))
        yield Reason(
            Code.RESOURCES,
            f"it needs {wanted}, and that is not free together with a slot: {who}: {used} of {limit} slots taken",
            "worker",
            name,
            limit,
            used,
        )


def _its_turn(machine: Machine, job: Waiting) -> Reason:
    """Nothing holds it: other jobs of its session, other sessions or other workspaces come first."""
    session = machine.sessions.get(job.session)
    if session is None:
        return Reason(Code.ITS_TURN, "it has just come and its turn is not known yet", "session", ahead=0)
    name = session.state.name
    if job.id not in session.jobs:
        count = len(session.jobs)
        return _turn("session", name, count, f"job of session {name}", at_least="at least ")
    own = position(session.jobs[job.id])  # as the session has it, which may be newer than as it was asked for
    jobs = sum(position(other) < own for other in session.jobs.values())
    if jobs:
        return _turn("session", name, jobs, f"job of session {name}")
    overrides = _overrides_before(machine, job)
    if overrides or job.override is not None:
        return _turn("platform", "", overrides, "job that an admin put first")
    number, _ = level(job, machine.now, machine.policy.aging_seconds)
    workspace = session.workspace
    sessions = workspace.before(session, number, machine.fleet)
    if sessions:
        workspace_name = workspace.state.name
        return _turn("workspace", workspace_name, sessions, f"session of workspace {workspace_name}")
    return _turn("platform", "", machine.line.before(workspace, machine.fleet), "workspace")


def _overrides_before(machine: Machine, job: Waiting) -> int:
    """How many overridden jobs could start now and come before this one."""
    own = (inf if job.override is None else job.override, job.queued_at, job.id.int)
    return sum(head[:3] < own for head in machine.startable_overrides())


def _turn(scope: str, name: str, ahead: int, noun: str, at_least: str = "") -> Reason:
    what, _, whose = noun.partition(" ")
    counted = f"{at_least}{ahead} {what}{'' if ahead == 1 else 's'} {whose}".rstrip()
    sentence = f"it waits its turn: {counted} before it" if ahead else "its turn is next"
    return Reason(Code.ITS_TURN, sentence, scope, name, ahead=ahead)
