"""Why a job waits: one limit that truly holds it, in a sentence with numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.scheduling import changes
from tasks.scheduling.core import Scheduler
from tasks.scheduling.reasons import Code, Reason
from tasks.scheduling.values import (
    Clocks,
    Needs,
    Platform,
    ProjectState,
    SessionState,
    Waiting,
    Worker,
    WorkspaceState,
)
from tests.tasks.scheduling.test_jobs_go_to_workers_that_can_run_them import PROJECT, job, scheduler, session, starts
from tests.tasks.scheduling.world import POLICY, World, drain, make_id

WORKSPACES = [make_id(1, number) for number in range(2)]


@pytest.mark.requirement("Q6")
def test_the_sentence_names_the_session_and_its_numbers() -> None:
    jobs = [job(n) for n in range(5)]
    machine = scheduler([Worker("a", 9)], jobs, sessions=[replace(session(0, cap=3), name="nightly-7")])
    starts(machine)
    reason = machine.why(jobs[4], 0.0)
    assert reason == Reason(Code.SESSION_CAP, "session nightly-7 runs 3 of 3", "session", "nightly-7", limit=3, used=3)


@pytest.mark.requirement("Q6")
def test_each_limit_has_its_sentence() -> None:
    jobs = [job(n, project=PROJECT) for n in range(4)]

    def why(*applied: changes.Change, needs: Needs = Needs(), worker: Worker | None = Worker("a", 2)) -> str:  # noqa: B008
        machine = scheduler([worker] if worker else [], jobs)
        for change in applied:
            machine.apply(change)
        starts(machine)
        return machine.why(jobs[3]._replace(needs=needs), 0.0).sentence

    workspace = WorkspaceState(make_id(1, 0), "acme")
    assert why(worker=None) == "no worker is online"
    assert why(worker=Worker("a", 2, accepting=False)) == "the one worker online is draining"
    assert why(needs=Needs(frozenset({"docker"}), 512)) == "the one worker online has not docker and 512 MB of memory"
    assert why() == "worker a: 2 of 2 slots taken"
    assert why(changes.WorkerChanged(Worker("b", 1))) == "the 2 workers that could run it: 3 of 3 slots taken"
    assert why(changes.PlatformChanged(Platform(cap=1))) == "the platform runs 1 of 1"
    assert why(changes.PlatformChanged(Platform(paused=True))) == "everything is paused"
    assert why(changes.WorkspaceChanged(replace(workspace, cap=1))) == "workspace acme runs 1 of 1"
    assert why(changes.WorkspaceChanged(replace(workspace, paused=True))) == "workspace acme is paused"
    site = ProjectState(PROJECT, workspace.id, "site", cap=0)
    assert why(changes.ProjectChanged(site)) == "project site runs 0 of 0"
    assert why(changes.ProjectChanged(replace(site, paused=True))) == "project site is paused"


@pytest.mark.requirement("Q6")
def test_a_retry_says_when_it_is_tried_again() -> None:
    delayed = job(0, available_at=8.0)
    reason = scheduler([Worker("a", 1)], [delayed]).why(delayed, 2.5)
    assert reason.code == Code.RETRY_DELAY
    assert reason.sentence == "it is tried again in 6 s, at 00:00:08 UTC"
    assert reason.until == 8.0


@pytest.mark.requirement("Q6")
def test_one_that_only_waits_its_turn_says_how_many_are_before_it() -> None:
    first, second = job(0), job(1)
    others = [job(2, session=1, priority=1), job(3, session=2)]
    machine = scheduler([Worker("a", 9)], [first, second, *others])
    assert machine.why(second, 0.0).sentence == "it waits its turn: 1 job of session session-0 before it"
    last = machine.why(others[1], 0.0)
    assert (last.sentence, last.ahead) == ("it waits its turn: 2 sessions of workspace acme before it", 2)
    assert machine.why(others[0], 0.0).sentence == "its turn is next"
    unseen = job(99)
    assert machine.why(unseen, 0.0).sentence == "it waits its turn: at least 2 jobs of session session-0 before it"
    assert machine.why(job(5, session=9), 0.0).sentence == "it has just come and its turn is not known yet"


@pytest.mark.requirement("Q6")
def test_an_override_is_before_all_others() -> None:
    usual, special, other = job(0, session=1), job(1, override=1.0), job(2, session=2, override=2.0)
    machine = scheduler([Worker("a", 9)], [usual, special, other])
    assert machine.why(usual, 0.0).sentence == "it waits its turn: 2 jobs that an admin put first before it"
    assert machine.why(other, 0.0).ahead == 1
    assert machine.why(special, 0.0).ahead == 0


Lift = Callable[[World, Waiting, Reason], list[changes.Change]]


def _lift(world: World, job: Waiting, reason: Reason) -> list[changes.Change]:
    """Take away exactly the limit that the reason names."""
    if reason.code == Code.RETRY_DELAY:
        world.now = reason.until or 0.0
        return []
    if reason.code in (Code.NO_WORKER, Code.NO_CAPABLE_WORKER, Code.WORKER_CAP, Code.RESOURCES):
        world.workers["new"] = Worker("new", 1, capabilities=job.needs.capabilities)
        return [changes.WorkerChanged(world.workers["new"])]
    field = {"paused": False} if reason.code == Code.PAUSED else {"cap": None}
    if reason.scope == "platform":
        world.platform = replace(world.platform, **field)  # type: ignore[arg-type]
        return [changes.PlatformChanged(world.platform)]
    if reason.scope == "workspace":
        world.workspaces[job.workspace] = replace(world.workspaces[job.workspace], **field)  # type: ignore[arg-type]
        return [changes.WorkspaceChanged(world.workspaces[job.workspace])]
    if reason.scope == "session":
        world.sessions[job.session] = replace(world.sessions[job.session], **field)  # type: ignore[arg-type]
        return [changes.SessionChanged(world.sessions[job.session])]
    assert job.project is not None
    world.projects[job.project] = replace(world.projects[job.project], **field)  # type: ignore[arg-type]
    return [changes.ProjectChanged(world.projects[job.project])]


caps = st.sampled_from([None, None, 0, 1, 2])
paused = st.sampled_from([False, False, False, True])


@st.composite
def worlds(draw: st.DrawFn) -> World:
    world = World(window=draw(st.sampled_from([2, 100])), platform=Platform(draw(caps), draw(paused)))
    for number, id in enumerate(WORKSPACES):
        world.workspaces[id] = WorkspaceState(id, f"workspace-{number}", cap=draw(caps), paused=draw(paused))
        project = make_id(4, number)
        world.projects[project] = ProjectState(project, id, f"project-{number}", draw(caps), draw(paused))
    for number in range(3):
        id = make_id(2, number)
        world.sessions[id] = SessionState(
            id, WORKSPACES[number % 2], f"session-{number}", cap=draw(caps), paused=draw(paused)
        )
    for number in range(draw(st.integers(0, 2))):
        capabilities = draw(st.sampled_from([frozenset[str](), frozenset({"docker"})]))
        memory = draw(st.sampled_from([None, 4]))
        world.workers[f"w{number}"] = Worker(f"w{number}", 2, capabilities=capabilities, memory_mb=memory)
    for number in range(draw(st.integers(1, 12))):
        session = world.sessions[make_id(2, draw(st.integers(0, 2)))]
        project = make_id(4, WORKSPACES.index(session.workspace)) if draw(st.booleans()) else None
        waiting = Waiting(
            make_id(3, number),
            session.workspace,
            session.id,
            project,
            rank=float(number),
            available_at=draw(st.sampled_from([None, None, 9.0])),
            needs=draw(st.sampled_from([Needs(), Needs(), Needs(frozenset({"docker"})), Needs(memory_mb=3)])),
        )
        world.waiting[waiting.id] = waiting
    return world


@pytest.mark.requirement("Q6")
@given(world=worlds(), data=st.data())
def test_lifting_what_is_named_lets_the_job_start_or_shows_the_next_limit(world: World, data: st.DataObject) -> None:
    machine = Scheduler.load(world.snapshot(Clocks(0, {}, {})), POLICY, world.now)
    drain(machine, world)
    if not world.waiting:
        return
    job = data.draw(st.sampled_from(sorted(world.waiting.values(), key=lambda it: it.id)))
    named = []
    while job.id in world.waiting:
        reason = machine.why(job, world.now)
        assert reason.code != Code.ITS_TURN, "all that could start has started"
        assert (reason.code, reason.scope) not in named[-1:], "it was lifted, so it cannot hold the job any more"
        named.append((reason.code, reason.scope))
        assert len(named) < 40
        for change in _lift(world, job, reason):
            machine.apply(change)
        if reason.code in (Code.WORKER_CAP, Code.RESOURCES):
            return  # another may take the slot: what is named was seen to be so
        drain(machine, world)
