"""A job that gets another priority while it waits starts in its new place."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agents import tenancy
from agents.actor import Actor
from tasks.operations import priority
from tasks.operations.undo import undo
from tasks.spec.priorities import Priority
from tests.committing import commits
from tests.tasks.desk import complete
from tests.tasks.dispatcher.conftest import Running
from tests.tasks.dispatcher.stand_in import StandIn, jobs_of
from tests.tasks.people import submitted

pytestmark = [pytest.mark.requirement("Q8"), commits]


def test_it_starts_before_what_came_earlier_and_after_it_when_undone(
    ann: Actor, worker: Callable[..., StandIn], dispatcher: Running
) -> None:
    stand_in = worker(slots=1)
    jobs = submitted(ann, *({"title": str(number)} for number in range(6))).jobs
    running = stand_in.claim(1)
    with tenancy.as_user(ann):
        priority.change_priority(ann, jobs[5].id, Priority.CRITICAL, "urgent")
    complete(*running)
    running = stand_in.claim(1)
    assert [claim.id for claim in running] == [jobs[5].id]
    with tenancy.as_user(ann):
        change = priority.change_priority(ann, jobs[4].id, Priority.CRITICAL)
        undo(ann, change.id)
    complete(*running)
    assert jobs_of(stand_in.take(1)) == [jobs[1].id]
