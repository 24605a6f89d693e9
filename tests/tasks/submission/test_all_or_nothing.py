"""A submission is accepted as a whole, or refused with a sentence and leaves nothing."""

from __future__ import annotations

from typing import Any

import pytest

from agents import tenancy
from agents.actor import Actor
from agents.errors import InterlockError, InvalidInput, NotAllowed, NotFound
from agents.ids import new_id
from agents.models import Session, Workspace
from agents.roles import Role
from tasks.models import AgentJob, Dependency, Event, IdempotencyKey
from tasks.places import UnknownPlace
from tasks.spec.errors import InvalidSpec
from tasks.states import State
from tests.committing import commits
from tests.tasks.people import member, specs, submitted

pytestmark = [pytest.mark.requirement("J9"), commits]

LEFT = (AgentJob, Dependency, Event, IdempotencyKey, Session)


def left(actor: Actor) -> dict[str, int]:
    with tenancy.as_user(actor):
        return {model.__name__: model.objects.count() for model in LEFT}


def test_a_batch_becomes_jobs_in_the_order_it_was_written(ann: Actor) -> None:
    titles = [f"number {n}" for n in range(20)]
    made = submitted(ann, *({"title": title} for title in titles))
    with tenancy.as_user(ann):
        kept = AgentJob.objects.for_user(ann).order_by("rank")
        assert [job.title for job in made.jobs] == [job.title for job in kept] == titles
        assert {job.state for job in kept} == {State.QUEUED}
        events = Event.objects.for_user(ann).filter(kind="TaskEnqueued", actor="user:ann")
        assert {event.job_id for event in events} == {job.id for job in made.jobs}


def test_jobs_say_who_submitted_them_and_what_was_asked(ann: Actor) -> None:
    [job] = submitted(ann, {"title": "Look", "tags": ["a"], "metadata": {"ticket": 1}, "files": ["src/**"]}).jobs
    assert (job.submitted_by_kind, job.submitted_by_id, job.submitted_by_label) == ("user", "user-ann", "ann")
    assert (job.tags, job.metadata, job.files) == (["a"], {"ticket": 1}, ["src/**"])
    assert specs(job.spec) == specs({"title": "Look", "tags": ["a"], "metadata": {"ticket": 1}, "files": ["src/**"]})


@pytest.mark.parametrize(
    ("wrong", "error", "sentence"),
    [
        ({"depends_on": [str(new_id())]}, InvalidSpec, "There is no job"),
        ({"project": "nowhere"}, UnknownPlace, "There is no project 'nowhere'"),
        ({"agent": "nobody"}, UnknownPlace, "There is no agent 'nobody'"),
        ({"workspace": "other"}, NotFound, "There is no workspace 'other' for ann"),
    ],
)
def test_one_wrong_task_refuses_all_of_them(
    ann: Actor, wrong: dict[str, Any], error: type[InterlockError], sentence: str
) -> None:
    before = left(ann)
    with pytest.raises(error, match=sentence):
        submitted(ann, {"session": "a new one"}, {"key": "a"}, {"depends_on": ["a"]}, wrong, key="once")
    assert left(ann) == before


def test_a_refusal_in_mid_transaction_leaves_nothing(ann: Actor) -> None:
    """Whatever goes wrong after the rows were written takes them with it."""
    before = left(ann)

    def submit_and_fail() -> None:
        with tenancy.as_user(ann):
            submitted(ann, {}, {}, key="once")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        submit_and_fail()
    assert left(ann) == before


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.APPROVER, Role.ADMIN])
def test_operators_and_those_above_may_submit(workspace: Workspace, role: Role) -> None:
    assert submitted(member(workspace, role=role)).jobs


def test_a_viewer_may_not(workspace: Workspace) -> None:
    viewer = member(workspace, role=Role.VIEWER)
    with pytest.raises(NotAllowed, match="To submit tasks takes the role operator; ann is viewer here"):
        submitted(viewer)
    assert left(viewer)["AgentJob"] == 0


def test_who_belongs_to_several_workspaces_names_one(workspace: Workspace, elsewhere: Workspace) -> None:
    ann = member(workspace, elsewhere)
    with pytest.raises(InvalidInput, match="name one as `workspace`"):
        submitted(ann)
    [job] = submitted(ann, {"workspace": elsewhere.slug}).jobs
    assert job.workspace_id == elsewhere.id


def test_one_submission_goes_to_one_workspace(workspace: Workspace, elsewhere: Workspace) -> None:
    with pytest.raises(InvalidInput, match="One submission goes to one workspace"):
        submitted(member(workspace, elsewhere), {"workspace": workspace.slug}, {"workspace": elsewhere.slug})


def test_who_belongs_to_none_is_told_so() -> None:
    with pytest.raises(NotFound, match="belongs to no workspace"):
        submitted(member())
