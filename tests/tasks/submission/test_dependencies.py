"""What a submission depends on: keys of the same batch, ids of the same workspace's jobs, and nothing in a circle."""

from __future__ import annotations

import pytest

from agents import tenancy
from agents.actor import Actor
from agents.models import Workspace
from tasks.models import AgentJob, Dependency
from tasks.spec.errors import Code, InvalidSpec
from tasks.spec.model import TaskSpec
from tasks.states import State
from tasks.submit import submit
from tests.committing import commits
from tests.tasks.people import specs, submitted

pytestmark = [pytest.mark.requirement("J7"), commits]


def edges(actor: Actor) -> set[tuple[str, str]]:
    """Titles of jobs with the titles of what each requires."""
    with tenancy.as_user(actor):
        return set(Dependency.objects.for_user(actor).values_list("job__title", "requires__title"))


def end(actor: Actor, job: AgentJob, *states: State) -> None:
    """Lead the job there, as a worker would."""
    with tenancy.as_user(actor):
        for state in states:
            AgentJob.objects.filter(pk=job.pk).update(
                state=state, worker_id="w-1", lease_until="2100-01-01T00:00Z" if state == State.RUNNING else None
            )


def test_who_requires_another_of_the_batch_waits_for_it_wherever_that_stands(ann: Actor) -> None:
    made = submitted(
        ann,
        {"title": "c", "depends_on": ["a", "b"]},
        {"title": "b", "key": "b", "depends_on": ["a"]},
        {"title": "a", "key": "a"},
    )
    assert [(job.title, job.state) for job in made.jobs] == [("c", "blocked"), ("b", "blocked"), ("a", "queued")]
    assert edges(ann) == {("c", "a"), ("c", "b"), ("b", "a")}


def test_a_job_that_ran_already_is_not_waited_for(ann: Actor) -> None:
    [done] = submitted(ann, {"title": "done"}).jobs
    end(ann, done, State.RUNNING, State.COMPLETED)
    [open_] = submitted(ann, {"title": "open"}).jobs
    first, second = submitted(ann, {"depends_on": [str(done.id)]}, {"depends_on": [str(done.id), str(open_.id)]}).jobs
    assert (first.state, second.state) == (State.QUEUED, State.BLOCKED)


@pytest.mark.parametrize("over", [State.FAILED, State.CANCELLED])
def test_a_job_that_ended_otherwise_still_blocks(ann: Actor, over: State) -> None:
    """What becomes of the dependant then is its own choice, and the dispatcher's to carry out."""
    [bad] = submitted(ann).jobs
    end(ann, bad, over)
    [job] = submitted(ann, {"depends_on": [str(bad.id)]}).jobs
    assert job.state == State.BLOCKED


def test_another_workspaces_job_is_as_unknown_as_any(ann: Actor, bob: Actor) -> None:
    [theirs] = submitted(bob).jobs
    with pytest.raises(InvalidSpec) as refused:
        submitted(ann, {"depends_on": [str(theirs.id)]})
    [detail] = refused.value.details
    assert detail.code == Code.UNKNOWN_DEPENDENCY
    assert detail.message == f"There is no job {theirs.id} to depend on."


def test_a_member_of_both_workspaces_cannot_tie_their_jobs_together(
    workspace: Workspace, elsewhere: Workspace, ann: Actor, bob: Actor
) -> None:
    both = Actor("user", "3", "cleo", ann.roles | bob.roles)
    [theirs] = submitted(both, {"workspace": elsewhere.slug}).jobs
    with pytest.raises(InvalidSpec, match="There is no job"):
        submitted(both, {"workspace": workspace.slug, "depends_on": [str(theirs.id)]})


def test_what_is_wrong_is_named_by_its_place_in_the_document(ann: Actor) -> None:
    """The batch is put in order before ids are looked up; the sentence speaks of the order that the person wrote."""
    nobody = "01900000-0000-7000-8000-000000000000"
    with pytest.raises(InvalidSpec) as refused:
        submitted(ann, {"depends_on": ["last", nobody]}, {}, {"key": "last"})
    assert [detail.path for detail in refused.value.details] == ["tasks[0].depends_on[1]"]


def test_a_circle_is_refused_at_the_door_too(ann: Actor) -> None:
    """Readers refuse it with its line; here it is refused whoever made the specs."""
    circle = [TaskSpec(command=["true"], key=key, depends_on=[other]) for key, other in ("ab", "bc", "ca")]
    with pytest.raises(InvalidSpec) as refused, tenancy.as_user(ann):
        submit(ann, circle)
    assert {detail.code for detail in refused.value.details} == {Code.DEPENDENCY_CYCLE}
    assert edges(ann) == set()


def test_a_key_means_nothing_outside_its_batch(ann: Actor) -> None:
    submitted(ann, {"key": "a"})
    with pytest.raises(InvalidSpec):
        submitted(ann, {"depends_on": ["a"]})


def test_five_thousand_in_a_chain_are_accepted(ann: Actor) -> None:
    chain = specs(*({"key": f"k{n}", "depends_on": [f"k{n - 1}"] if n else []} for n in range(5000)))
    with tenancy.as_user(ann):
        made = submit(ann, chain)
    assert [job.key for job in made.jobs[:3]] == ["k0", "k1", "k2"]
    with tenancy.as_user(ann):
        counts = AgentJob.objects.for_user(ann).counts_by_state()
    assert (counts["queued"], counts["blocked"]) == (1, 4999)
