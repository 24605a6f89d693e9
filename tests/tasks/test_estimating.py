"""What the estimator writes down: durations per kind, the start of each queued job, and how true that was."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from agents.actor import Actor
from agents.models import Workspace
from tasks.estimates import coverage, estimates
from tasks.estimator import Estimator
from tasks.models import AgentJob, Forecast, Worker, WorkKind
from tasks.places import now
from tests.committing import commits
from tests.tasks.desk import Desk, complete, row
from tests.tasks.people import member, new_workspace, submitted

pytestmark = [pytest.mark.requirement("Q5"), commits]


@pytest.fixture
def workspace(db: None) -> Workspace:
    return new_workspace()


@pytest.fixture
def ann(workspace: Workspace) -> Actor:
    return member(workspace)


@pytest.fixture
def desk(workspace: Workspace) -> Desk:
    Worker.objects.create(id="w-1", name="w-1", host="h", pid=1, slots=1, lease_until=now() + timedelta(hours=1))
    return Desk()


def learnt(estimator: Estimator, desk: Desk, ann: Actor, seconds: float, times: int = 1) -> None:
    """So many jobs took so long."""
    jobs = submitted(ann, *({"session": "past"} for _ in range(times))).jobs
    complete(*desk.start(*jobs))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE tasks_attempt SET cost = %s WHERE job_id = ANY(%s)", [seconds, [job.id for job in jobs]])
    estimator.refresh()


def p50s(jobs: list[AgentJob]) -> list[float]:
    found = estimates([row(job) for job in jobs])
    return [found[job.id].p50 for job in jobs]


def test_each_queued_job_is_foreseen_from_what_its_kind_took(ann: Actor, desk: Desk) -> None:
    estimator = Estimator()
    estimator.refresh()
    learnt(estimator, desk, ann, 40.0, times=3)
    jobs = submitted(ann, *({"session": "s"} for _ in range(3))).jobs
    estimator.refresh()
    assert p50s(jobs) == pytest.approx([0, 40, 80], abs=5)
    found = estimates([row(jobs[2])])[jobs[2].id]
    assert found.p50 < found.p90
    assert (found.finished, found.is_known) == (3, False)


def test_after_a_hundred_it_knows_enough(ann: Actor, desk: Desk) -> None:
    estimator = Estimator()
    estimator.refresh()
    learnt(estimator, desk, ann, 2.0, times=100)
    [job] = submitted(ann).jobs
    estimator.refresh()
    assert estimates([row(job)])[job.id].is_known


def test_another_estimator_goes_on_with_what_was_learnt(ann: Actor, desk: Desk) -> None:
    first = Estimator()
    first.refresh()
    learnt(first, desk, ann, 7.0, times=2)
    second = Estimator()
    second.refresh()
    assert [(kind.kind, kind.finished, kind.samples) for kind in WorkKind.objects.all()] == [
        ("command:true", 2, [7.0, 7.0])
    ]
    learnt(second, desk, ann, 9.0)
    assert WorkKind.objects.get().samples == [7.0, 7.0, 9.0]


def test_what_nobody_knew_yet_is_learnt_at_once(ann: Actor, desk: Desk) -> None:
    learnt(Estimator(), desk, ann, 40.0, times=3)
    assert WorkKind.objects.get().samples == [40.0, 40.0, 40.0]


def test_nobody_ends_twice(ann: Actor, desk: Desk) -> None:
    estimator = Estimator()
    estimator.refresh()
    learnt(estimator, desk, ann, 1.0)
    estimator.refresh()
    assert WorkKind.objects.get().finished == 1


def test_what_is_held_has_no_estimate(ann: Actor, desk: Desk, workspace: Workspace) -> None:
    jobs = submitted(ann, {}, {}).jobs
    workspace.paused_at = now()
    workspace.save()
    Estimator().refresh()
    assert estimates([row(job) for job in jobs]) == {}


def test_an_old_forecast_says_nothing(ann: Actor, desk: Desk) -> None:
    [job] = submitted(ann).jobs
    Estimator().refresh()
    assert estimates([row(job)])
    Forecast.objects.update(made_at=now() - timedelta(minutes=1))
    assert estimates([row(job)]) == {}


def test_the_share_that_started_in_time_is_measured(ann: Actor, desk: Desk, workspace: Workspace) -> None:
    estimator = Estimator()
    estimator.refresh()
    learnt(estimator, desk, ann, 60.0, times=5)
    jobs = submitted(ann, *({"session": "s"} for _ in range(4))).jobs
    estimator.refresh()
    desk.hand(jobs[3])
    estimator.refresh()
    assert coverage([workspace.id]).foreseen == 0  # it is on its way
    for job in jobs[1:3]:
        complete(desk.start_one(job))  # much sooner than foreseen
    with connection.cursor() as cursor:
        cursor.execute("UPDATE tasks_agentjob SET started_at = started_at + interval '1 h' WHERE id = %s", [jobs[2].id])
    estimator.refresh()
    found = coverage([workspace.id])
    assert (found.foreseen, found.before_p50, found.before_p90) == (2, 1, 1)
    assert estimator.spread != 1.0


def test_a_queue_that_ran_empty_leaves_no_forecast(ann: Actor, desk: Desk) -> None:
    [job] = submitted(ann).jobs
    estimator = Estimator()
    estimator.refresh()
    complete(desk.start_one(job))
    estimator.refresh()
    assert not Forecast.objects.exists()
