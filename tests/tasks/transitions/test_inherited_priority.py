"""A job counts as urgent as the most urgent job that waits for it, however far away."""

from __future__ import annotations

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents import tenancy
from agents.actor import Actor
from tasks import ordering, transitions
from tasks.models import AgentJob, Dependency
from tests.committing import commits
from tests.tasks.desk import last_event, row
from tests.tasks.people import submitted

pytestmark = [pytest.mark.requirement("Q4"), commits]


def chain(ann: Actor, *priorities: str) -> list[AgentJob]:
    """Each but the first waits for the one before it."""
    specs = [
        {"key": f"k{number}", "priority": said, "depends_on": [f"k{number - 1}"] if number else []}
        for number, said in enumerate(priorities)
    ]
    return submitted(ann, *specs).jobs


def inherited(*jobs: AgentJob) -> list[int | None]:
    return [row(job).inherited for job in jobs]


def test_along_the_whole_chain(ann: Actor) -> None:
    jobs = chain(ann, "P4", "P2", "P3", "P1")
    ranks = [row(job).rank for job in jobs]
    assert len(ordering.inherit([job.id for job in jobs])) == 3
    assert inherited(*jobs) == [1, 1, 1, None]
    gained = [before - row(job).rank for before, job in zip(ranks, jobs, strict=True)]
    assert gained == pytest.approx([2700, 900, 1800, 0])
    event = last_event(jobs[0])
    assert (event.kind, event.data["inherited"]) == ("TaskReordered", 1)
    assert "most urgent" in event.reason
    assert ordering.inherit([job.id for job in jobs]) == []


def test_it_is_forgotten_when_who_was_urgent_is_no_more(ann: Actor) -> None:
    jobs = chain(ann, "P4", "P3", "P0")
    rank = row(jobs[0]).rank
    ordering.inherit([job.id for job in jobs])
    with tenancy.as_user(ann):
        ordering.change_priorities([jobs[2].id], [2])
    ordering.inherit([jobs[2].id])
    assert inherited(*jobs) == [2, 2, None]
    transitions.cancel_waiting([jobs[2].id], by="ann", reason="")
    ordering.inherit([jobs[2].id])
    assert inherited(*jobs) == [3, None, None]
    transitions.cancel_waiting([jobs[1].id], by="ann", reason="")
    ordering.inherit([jobs[1].id])
    assert inherited(jobs[0]) == [None]
    assert row(jobs[0]).rank == pytest.approx(rank)


def test_its_own_priority_changes_nothing_of_what_it_counts_as(ann: Actor) -> None:
    jobs = chain(ann, "P4", "P1")
    ordering.inherit([jobs[1].id])
    rank = row(jobs[0]).rank
    with tenancy.as_user(ann):
        ordering.change_priorities([jobs[0].id], [2])
    assert row(jobs[0]).rank == pytest.approx(rank)


def test_what_a_dependant_inherited_itself_stays_when_another_dependant_goes(ann: Actor) -> None:
    jobs = chain(ann, "P4", "P4", "P0")  # the last one lends its urgency to the first, by way of the second
    other = submitted(ann, {"priority": "P1"}).jobs[0]
    Dependency.objects.create(workspace=other.workspace, job=other, requires=jobs[0])
    ordering.inherit([jobs[2].id])
    transitions.cancel_waiting([other.id], by="ann", reason="")
    ordering.inherit([other.id])
    assert inherited(*jobs[:2]) == [0, 0]


priorities = st.lists(st.integers(0, 4), min_size=2, max_size=8)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data(), given_priorities=priorities)
def test_as_the_definition_says(ann: Actor, data: st.DataObject, given_priorities: list[int]) -> None:
    count = len(given_priorities)
    pairs = [(later, earlier) for later in range(count) for earlier in range(later)]
    edges = data.draw(st.sets(st.sampled_from(pairs), max_size=12))
    gone = data.draw(st.sets(st.integers(0, count - 1), max_size=2))
    jobs = submitted(ann, *({"priority": f"P{priority}"} for priority in given_priorities)).jobs
    with connection.cursor() as cursor:
        for job in jobs:
            cursor.execute("UPDATE tasks_agentjob SET title = title WHERE id = %s", [job.id])
    Dependency.objects.bulk_create(
        Dependency(workspace=jobs[0].workspace, job=jobs[later], requires=jobs[earlier]) for later, earlier in edges
    )
    ordering.inherit([job.id for job in jobs])
    transitions.cancel_waiting([jobs[number].id for number in gone], by="ann", reason="")
    ordering.inherit([jobs[number].id for number in gone])

    def urgency(number: int) -> int:
        dependants = [later for later, earlier in edges if earlier == number and later not in gone]
        return min([given_priorities[number], *(urgency(later) for later in dependants)])

    for number, job in enumerate(jobs):
        if number not in gone:
            least = urgency(number)
            assert row(job).inherited == (least if least < given_priorities[number] else None)
