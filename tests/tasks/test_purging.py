"""A result whose own time is over is deleted, and its job says so."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from agents.actor import Actor
from tasks.models import AgentJob
from tasks.operations.retry import retry
from tasks.purging import purge_results
from tests.committing import commits
from tests.tasks.children.conftest import Family
from tests.tasks.desk import Desk, complete, row
from tests.tasks.people import member, new_workspace, submitted

pytestmark = [pytest.mark.requirement("J5"), commits]


@pytest.fixture
def ann(db: None) -> Actor:
    return member(new_workspace())


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk()


def ended(ann: Actor, desk: Desk, ago: int, **spec: Any) -> AgentJob:
    """It ended so many seconds ago."""
    [job] = submitted(ann, spec).jobs
    complete(desk.start_one(job), result="the result")
    turn_back(job, ago)
    return job


def turn_back(job: AgentJob, seconds: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE tasks_agentjob SET completed_at = completed_at - make_interval(secs => %s) WHERE id = %s",
            [seconds, job.id],
        )


def test_only_what_asked_for_it_and_whose_time_is_over(ann: Actor, desk: Desk) -> None:
    due = ended(ann, desk, 61, limits={"result_ttl": "60s"})
    early = ended(ann, desk, 59, limits={"result_ttl": "60s"})
    never = ended(ann, desk, 10_000)

    assert purge_results() == 1
    assert purge_results() == 0

    assert (row(due).result, row(due).state) == (None, "completed")
    assert row(due).result_purged_at is not None
    assert [row(job).result for job in (early, never)] == ["the result"] * 2
    assert [row(job).result_purged_at for job in (early, never)] == [None] * 2


def test_a_workspace_may_say_so_for_all_its_jobs(desk: Desk) -> None:
    ann = member(new_workspace(default_limits={"result_ttl": 60}))
    job = ended(ann, desk, 61)

    assert purge_results() == 1
    assert row(job).result is None


def test_another_life_begins_without_that_mark(ann: Actor) -> None:
    [job] = submitted(ann, {"limits": {"result_ttl": "60s"}}).jobs
    with connection.cursor() as cursor:
        cursor.execute("UPDATE tasks_agentjob SET state = 'cancelled' WHERE id = %s", [job.id])
    turn_back(job, 61)
    assert purge_results() == 1

    retry(ann, job.id)

    assert row(job).result_purged_at is None


def test_what_an_open_parent_may_still_read_is_kept() -> None:
    family = Family(member(new_workspace()), steps=[{"tool": "echo", "args": {"text": "x"}}], prompt=None, model=None)
    [child] = family.submit({"command": ["true"], "limits": {"result_ttl": "60s"}})
    family.suspends()
    family.ends(child, result="the result")
    turn_back(child, 61)
    assert purge_results() == 0

    complete(family.goes_on())

    assert purge_results() == 1
