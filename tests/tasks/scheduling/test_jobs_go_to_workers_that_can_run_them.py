"""Which worker takes a job, and that no job waits behind one that cannot run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tasks.scheduling import changes
from tasks.scheduling.core import Scheduler
from tasks.scheduling.reasons import Code
from tasks.scheduling.values import (
    Heads,
    Needs,
    Platform,
    ProjectState,
    SessionState,
    Snapshot,
    Start,
    Waiting,
    Worker,
    WorkspaceState,
)
from tests.tasks.scheduling.world import make_id

WORKSPACE = make_id(1, 0)
PROJECT = make_id(4, 0)
DOCKER = Needs(frozenset({"docker"}))


def session(number: int = 0, **state: object) -> SessionState:
    return SessionState(make_id(2, number), WORKSPACE, f"session-{number}", **({"cap": None} | state))  # type: ignore[arg-type]


def job(number: int, needs: Needs = Needs(), *, session: int = 0, **state: object) -> Waiting:  # noqa: B008
    fields = {"rank": float(number)} | state
    return Waiting(make_id(3, number), WORKSPACE, make_id(2, session), needs=needs, **fields)  # type: ignore[arg-type]


def scheduler(workers: Sequence[Worker], jobs: Sequence[Waiting], **snapshot: object) -> Scheduler:
    sessions = {it.session for it in jobs}
    fields: dict[str, object] = {
        "workspaces": [WorkspaceState(WORKSPACE, "acme")],
        "sessions": [session(id.int & 255) for id in sorted(sessions)],
        "heads": {id: Heads([it for it in jobs if it.session == id]) for id in sessions},
    }
    return Scheduler.load(Snapshot(workers=workers, **(fields | snapshot)))  # type: ignore[arg-type]


def starts(machine: Scheduler, now: float = 0.0) -> list[Start]:
    found = []
    while (start := machine.next(now)) is not None:
        found.append(start)
    return found


def placed(machine: Scheduler) -> list[tuple[int, str]]:
    return [(start.job.id.int & 255, start.worker) for start in starts(machine)]


@pytest.mark.requirement("Q2")
def test_jobs_spread_over_the_workers_with_most_free_slots() -> None:
    machine = scheduler([Worker("a", 2), Worker("b", 3)], [job(n) for n in range(6)])
    assert [worker for _, worker in placed(machine)] == ["b", "a", "b", "a", "b"]


@pytest.mark.requirement("Q2")
def test_a_worker_runs_no_more_than_its_cap() -> None:
    machine = scheduler([Worker("a", 10, cap=2)], [job(n) for n in range(6)])
    assert len(placed(machine)) == 2


@pytest.mark.requirement("Q2")
def test_with_one_worker_full_no_job_waits_for_it() -> None:
    machine = scheduler([Worker("a", 2), Worker("b", 1)], [job(n) for n in range(9)])
    running = starts(machine)
    machine.apply(changes.Finished(next(it.job.id for it in running if it.worker == "b"), 1.0))
    assert [worker for _, worker in placed(machine)] == ["b"]


@pytest.mark.requirement("W9")
def test_plain_jobs_leave_docker_to_those_that_need_it() -> None:
    workers = [Worker("plain", 2), Worker("docker", 5, capabilities=frozenset({"docker"}))]
    machine = scheduler(workers, [job(0), job(1), job(2, DOCKER)])
    assert placed(machine) == [(0, "plain"), (1, "plain"), (2, "docker")]


@pytest.mark.requirement("W9")
def test_plain_jobs_take_docker_workers_when_the_others_are_full() -> None:
    workers = [Worker("plain", 1), Worker("docker", 1, capabilities=frozenset({"docker"}))]
    machine = scheduler(workers, [job(0), job(1)])
    assert placed(machine) == [(0, "plain"), (1, "docker")]


@pytest.mark.requirement("Q2")
def test_a_job_that_no_worker_can_run_masks_no_other_of_its_session() -> None:
    machine = scheduler([Worker("a", 5)], [job(0, DOCKER), job(1), job(2, DOCKER), job(3)])
    assert [number for number, _ in placed(machine)] == [1, 3]
    machine.apply(changes.WorkerChanged(Worker("d", 5, capabilities=frozenset({"docker"}))))
    assert placed(machine) == [(0, "d"), (2, "d")]


@pytest.mark.requirement("Q2")
def test_a_session_that_may_run_no_more_masks_no_other() -> None:
    jobs = [job(n, priority=0) for n in range(5)] + [job(9, session=1, priority=4)]
    machine = scheduler([Worker("a", 9)], jobs, sessions=[session(0, cap=2), session(1)])
    assert [number for number, _ in placed(machine)] == [0, 1, 9]


@pytest.mark.requirement("Q9")
@pytest.mark.parametrize("scope", ["platform", "workspace", "session", "project"])
def test_what_is_paused_starts_nothing_until_it_is_resumed(scope: str) -> None:
    machine = scheduler([Worker("a", 9)], [job(0, project=PROJECT)])
    pause = {
        "platform": lambda paused: changes.PlatformChanged(Platform(paused=paused)),
        "workspace": lambda paused: changes.WorkspaceChanged(WorkspaceState(WORKSPACE, "acme", paused=paused)),
        "session": lambda paused: changes.SessionChanged(session(0, paused=paused)),
        "project": lambda paused: changes.ProjectChanged(ProjectState(PROJECT, WORKSPACE, "site", paused=paused)),
    }[scope]
    machine.apply(pause(True))
    assert starts(machine) == []
    assert machine.why(job(0, project=PROJECT), 0.0).code == Code.PAUSED
    machine.apply(pause(False))
    assert len(starts(machine)) == 1


@pytest.mark.requirement("Q2")
def test_a_projects_cap_binds_its_jobs_and_no_others() -> None:
    jobs = [job(n, project=PROJECT if n < 4 else None) for n in range(6)]
    machine = scheduler([Worker("a", 9)], jobs, projects=[ProjectState(PROJECT, WORKSPACE, "site", cap=1)])
    assert [number for number, _ in placed(machine)] == [0, 4, 5]
    machine.apply(changes.ProjectChanged(ProjectState(PROJECT, WORKSPACE, "site", cap=3)))
    assert [number for number, _ in placed(machine)] == [1, 2]
    machine.apply(changes.Finished(make_id(3, 0), 1.0))
    assert [number for number, _ in placed(machine)] == [3]


@pytest.mark.requirement("Q2")
@pytest.mark.parametrize("needs", [Needs(memory_mb=3000), Needs(cpu=1.5)])
def test_memory_and_cpu_are_reserved_while_a_job_runs(needs: Needs) -> None:
    machine = scheduler([Worker("a", 9, memory_mb=8000, cpu=4.0)], [job(n, needs) for n in range(4)])
    assert len(starts(machine)) == 2
    reason = machine.why(job(3, needs), 0.0)
    assert reason.code == Code.RESOURCES
    machine.apply(changes.Finished(make_id(3, 0), 1.0))
    assert len(starts(machine)) == 1


@pytest.mark.requirement("Q2")
def test_a_job_with_more_memory_goes_to_the_worker_that_has_it() -> None:
    workers = [Worker("small", 9, memory_mb=1000), Worker("large", 2, memory_mb=16_000)]
    assert placed(scheduler(workers, [job(0, Needs(memory_mb=4000))])) == [(0, "large")]


@pytest.mark.requirement("W10")
def test_local_jobs_run_on_workers_of_this_machine() -> None:
    machine = scheduler([Worker("far", 9), Worker("near", 1, local=True)], [job(0, Needs(frozenset({"local"})))])
    assert placed(machine) == [(0, "near")]


@pytest.mark.requirement("W3")
def test_a_draining_worker_gets_nothing() -> None:
    assert placed(scheduler([Worker("a", 9, accepting=False)], [job(0)])) == []


@pytest.mark.requirement("W2")
def test_jobs_of_a_lost_worker_count_until_they_are_settled() -> None:
    machine = scheduler([Worker("a", 5)], [job(n) for n in range(9)], platform=Platform(cap=5))
    running = starts(machine)
    machine.apply(changes.WorkerGone("a"))
    machine.apply(changes.WorkerChanged(Worker("b", 9)))
    assert starts(machine) == []
    for start in running[:2]:
        machine.apply(changes.Returned(start.job.id))
    assert machine.wanted() == {make_id(2, 0)}
    assert [it.worker for it in starts(machine)] == ["b", "b"]


@pytest.mark.requirement("W2")
def test_a_worker_that_comes_back_has_its_slots_still_taken() -> None:
    machine = scheduler([Worker("a", 2)], [job(n) for n in range(9)])
    starts(machine)
    machine.apply(changes.WorkerGone("a"))
    machine.apply(changes.WorkerChanged(Worker("a", 3)))
    assert len(starts(machine)) == 1


@pytest.mark.requirement("Q12")
def test_late_news_changes_nothing() -> None:
    machine = scheduler([Worker("a", 1)], [job(0), job(1)])
    (start,) = starts(machine)
    before = machine.snapshot()
    for change in (
        changes.Gone(start.job.id),
        changes.Finished(make_id(3, 77), 1.0),
        changes.Returned(make_id(3, 77)),
        changes.WorkerGone("b"),
        changes.SessionGone(make_id(2, 0)),
        changes.SessionGone(make_id(2, 9)),
    ):
        machine.apply(change)
    assert machine.snapshot() == before


def test_a_change_about_someone_unknown_is_refused() -> None:
    machine = scheduler([], [])
    with pytest.raises(changes.Unknown, match="apply SessionChanged first"):
        machine.apply(changes.SessionHeads(make_id(2, 5), Heads()))
    with pytest.raises(changes.Unknown, match="apply WorkspaceChanged first"):
        machine.apply(changes.SessionChanged(replace(session(5), workspace=make_id(1, 9))))


def test_a_session_with_nothing_left_can_be_forgotten() -> None:
    machine = scheduler([Worker("a", 1)], [job(0)])
    (start,) = starts(machine)
    machine.apply(changes.SessionGone(start.job.session))
    machine.apply(changes.Finished(start.job.id, 1.0))
    machine.apply(changes.SessionGone(start.job.session))
    assert machine.snapshot().sessions == []


@pytest.mark.requirement("Q12")
def test_one_that_did_not_take_its_jobs_comes_after_all_others_and_still_is_better_than_none() -> None:
    silent, docker = Worker("silent", 4, doubtful=True), Worker("docker", 1, capabilities=frozenset({"docker"}))
    both = scheduler([silent, docker], [job(1), job(2)])
    assert [start.worker for start in (both.next(0.0), both.next(0.0)) if start] == ["docker", "silent"]
    trusted = scheduler([silent, docker], [job(1)])
    trusted.apply(changes.WorkerChanged(replace(silent, doubtful=False)))
    start = trusted.next(0.0)
    assert start is not None
    assert start.worker == "silent"
