"""What can only be when something went wrong is put right, whatever it was, and what is right is left alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection

from agents.actor import Actor
from agents.models import Workspace
from tasks import consistency, mending
from tasks.dispatcher.loop import Dispatcher
from tasks.models import AgentJob, Attempt, Worker
from tasks.places import now
from tests.committing import commits
from tests.tasks.desk import Desk, attempts, complete, last_event, row
from tests.tasks.people import member, new_workspace, submitted

pytestmark = [pytest.mark.requirement("Q14"), commits]


@pytest.fixture
def workspace(db: None) -> Workspace:
    return new_workspace()


@pytest.fixture
def ann(workspace: Workspace) -> Actor:
    return member(workspace)


@pytest.fixture
def desk(db: None) -> Desk:
    Worker.objects.create(id="w-1", name="w-1", host="h", pid=1, slots=9, lease_until=now() + timedelta(hours=1))
    return Desk()


def sql(statement: str, *parameters: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def wrong() -> set[str]:
    sql("UPDATE tasks_event SET seq = id WHERE seq IS NULL")
    return {finding.question.name for finding in consistency.findings() if finding.count}


def test_a_sound_queue_is_left_as_it_is(ann: Actor, desk: Desk) -> None:
    jobs = submitted(ann, {"key": "a"}, {}, {"depends_on": ["a"]}, {}).jobs
    desk.start_one(jobs[0])
    complete(desk.start_one(jobs[1]))
    desk.hand(jobs[3])
    before = list(AgentJob.objects.order_by("id").values_list("id", "state", "version", "epoch", "handed_to"))
    mending.mend()
    assert mending.mend().total == 0
    assert list(AgentJob.objects.order_by("id").values_list("id", "state", "version", "epoch", "handed_to")) == before


def test_a_running_job_without_an_attempt_is_queued_again(ann: Actor, desk: Desk) -> None:
    claim = desk.start_one(submitted(ann).jobs[0])
    Attempt.objects.all().delete()
    assert wrong() == {"runs"}
    assert mending.mend().jobs_without_attempt == 1
    assert (row(claim).state, row(claim).failures, complete(claim)) == ("queued", 0, 0)
    assert last_event(claim).reason == "no attempt of it was on record"
    assert wrong() == set()


def test_one_that_was_asked_to_stop_is_cancelled(ann: Actor, desk: Desk) -> None:
    claim = desk.start_one(submitted(ann).jobs[0])
    Attempt.objects.all().delete()
    sql("UPDATE tasks_agentjob SET cancel_requested_at = now() WHERE id = %s", claim.id)
    mending.mend()
    assert row(claim).state == "cancelled"


def test_an_attempt_of_no_run_is_ended(ann: Actor, desk: Desk) -> None:
    claim = desk.start_one(submitted(ann).jobs[0])
    complete(claim)
    sql("UPDATE tasks_attempt SET ended_at = NULL, outcome = '' WHERE job_id = %s", claim.id)
    assert wrong() == {"attempts"}
    assert mending.mend().stray_attempts == 1
    assert [each.outcome for each in attempts(claim)] == ["lease_lost"]
    assert wrong() == set()


def test_who_takes_over_mends(ann: Actor, desk: Desk, dispatcher_that_begins: Dispatcher) -> None:
    claim = desk.start_one(submitted(ann).jobs[0])
    Attempt.objects.all().delete()
    desk.leadership.resign()
    dispatcher_that_begins._step()
    assert row(claim).state == "queued"


@pytest.fixture
def dispatcher_that_begins(db: None) -> Iterator[Dispatcher]:
    dispatcher = Dispatcher()
    yield dispatcher
    dispatcher.leadership.resign()
    dispatcher.carrier.close()
    dispatcher.bell.close()
