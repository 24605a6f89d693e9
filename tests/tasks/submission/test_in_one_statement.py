"""A submission to a place that this process knows is one statement, and the same as one that goes step by step."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agents import tenancy
from agents.actor import Actor
from agents.errors import NotAllowed
from agents.models import Rule, Session, Workspace
from agents.roles import Role
from tasks import homes, sessions
from tasks.models import AgentJob, Event
from tasks.places import SessionClosed
from tasks.states import State
from tasks.submit_at_once import submit_at_once
from tests.committing import commits
from tests.tasks.parties import Party
from tests.tasks.people import member, specs, submitted

pytestmark = [pytest.mark.requirement("J4"), pytest.mark.requirement("T3"), commits]

SAME = {"title": "The same", "session": "known", "tags": ["a"], "metadata": {"n": 1}, "priority": 2}
ITS_OWN = {"id", "created_at", "queued_at", "state_since", "rank"}


@pytest.fixture(autouse=True)
def nothing_is_known() -> None:
    homes._homes.clear()


@pytest.fixture
def known(ann: Actor) -> Session:
    """A session that this process has read: made by the first submission, found by the second."""
    submitted(ann, {"session": "known"})
    [job] = submitted(ann, {"session": "known"}).jobs
    return job.session


def at_once(actor: Actor, *tasks: dict[str, Any]) -> list[AgentJob] | None:
    made = submit_at_once(actor, specs(*(tasks or ({"session": "known"},))))
    return None if made is None else made.jobs


def seen(actor: Actor, job: AgentJob) -> dict[str, Any]:
    with tenancy.as_user(actor):
        return dict(AgentJob.objects.for_user(actor).filter(pk=job.pk).values().get())


def test_it_is_one_statement(ann: Actor, known: Session) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert at_once(ann)
    assert [query["sql"].split("(")[0] for query in asked] == ["SELECT tasks_submit_at_once"]


def test_the_job_is_the_same_as_one_that_went_step_by_step(ann: Actor, known: Session) -> None:
    [slow] = submitted(ann, SAME).jobs
    [quick] = at_once(ann, SAME) or []
    one, other = seen(ann, slow), seen(ann, quick)
    assert {name: one[name] for name in one.keys() - ITS_OWN} == {name: other[name] for name in one.keys() - ITS_OWN}
    assert abs((other["queued_at"] - one["queued_at"]).total_seconds()) < 60
    assert other["rank"] > one["rank"]
    with tenancy.as_user(ann):
        events = Event.objects.for_user(ann).filter(job_id__in=[slow.pk, quick.pk]).order_by("id")
        assert [(each.kind, each.actor, each.after) for each in events] == [("TaskEnqueued", "user:ann", "queued")] * 2


def test_several_of_one_session_come_in_their_order(ann: Actor, known: Session) -> None:
    jobs = at_once(ann, *({"session": "known", "title": str(n)} for n in range(5))) or []
    assert [job.title for job in sorted(jobs, key=lambda job: seen(ann, job)["rank"])] == list("01234")


@pytest.mark.parametrize(
    "task",
    [
        {"session": "unknown"},
        {"session": "known", "project": "site"},
        {"session": "known", "agent": "dev-1"},
        {"session": "known", "depends_on": ["00000000-0000-7000-8000-000000000000"]},
    ],
    ids=["another session", "a project", "an agent", "a dependency"],
)
def test_what_must_be_looked_up_goes_step_by_step(ann: Actor, known: Session, task: dict[str, Any]) -> None:
    assert at_once(ann, task) is None


def test_it_is_not_for_an_open_transaction(ann: Actor, known: Session) -> None:
    with tenancy.as_user(ann):
        assert at_once(ann) is None


def test_after_a_change_of_the_session_it_goes_step_by_step_once(ann: Actor, known: Session, two: list[Party]) -> None:
    def rename() -> None:
        with tenancy.as_user(ann):
            Session.objects.filter(pk=known.pk).update(max_running=7)

    two[0].do(rename)
    assert at_once(ann) is None
    submitted(ann, {"session": "known"})
    assert at_once(ann)


@pytest.mark.requirement("J10")
def test_a_session_that_was_closed_elsewhere_takes_nothing(ann: Actor, known: Session, two: list[Party]) -> None:
    def close() -> None:
        with tenancy.as_user(ann):
            sessions.close(ann, known.pk, "drain")

    two[0].do(close)
    assert at_once(ann) is None
    with pytest.raises(SessionClosed):
        submitted(ann, {"session": "known"})
    with tenancy.as_user(ann):
        assert AgentJob.objects.for_user(ann).count() == 2


@pytest.mark.requirement("P1")
def test_a_rule_that_was_made_elsewhere_binds_the_next_submission(
    ann: Actor, workspace: Workspace, known: Session, two: list[Party]
) -> None:
    def forbid() -> None:
        with tenancy.as_user(ann):
            Rule.objects.create(workspace=workspace, order=1, tool="submit.command", verdict="BLOCK")

    two[0].do(forbid)
    assert at_once(ann) is None
    [job] = submitted(ann, {"session": "known"}).jobs
    assert (job.state, job.error_code) == (State.FAILED, "blocked_by_policy")


def test_who_may_not_submit_may_not_so_either(workspace: Workspace, known: Session) -> None:
    with pytest.raises(NotAllowed):
        at_once(member(workspace, role=Role.VIEWER, name="eve"))


def test_another_workspaces_session_of_that_name_is_another(bob: Actor, known: Session) -> None:
    assert at_once(bob) is None
