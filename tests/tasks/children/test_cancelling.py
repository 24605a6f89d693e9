"""A cancel reaches the jobs that a job submitted, and theirs; nothing that ended, and nobody else's."""

from __future__ import annotations

import pytest

from agents import tenancy
from agents.actor import Actor
from agents.errors import InterlockError
from agents.models import Workspace
from agents.runtimes.failure import Failure
from tasks import transitions
from tasks.children import settling
from tasks.models import AgentJob
from tasks.operations.cancel import cancel
from tasks.operations.cancel_many import cancel_many
from tasks.operations.retry import retry
from tests.committing import commits
from tests.tasks.children.conftest import MODEL, Family, states
from tests.tasks.desk import complete, row
from tests.tasks.people import submitted

pytestmark = [pytest.mark.requirement("J11"), pytest.mark.requirement("Q10"), commits]

TRUE = {"command": ["true"]}


def test_it_reaches_children_and_grandchildren_whatever_they_do(family: Family, ann: Actor) -> None:
    waiting, running, done = family.submit(TRUE, {**MODEL, "limits": {"tokens": 9000}}, TRUE)
    family.settles(running)
    below = Family.__new__(Family)
    below.ann, below.desk, below.parent = ann, family.desk, running
    below.claim = family.starts(running)
    [grandchild] = below.submit()
    family.ends(done)
    family.suspends()

    with tenancy.as_user(ann):
        assert cancel(ann, family.parent.id, "enough").outcome == "never_started"

    assert states([family.parent, waiting, grandchild, done]) == ["cancelled", "cancelled", "cancelled", "completed"]
    assert row(running).cancel_requested_at is not None
    assert row(waiting).cancel_reason == "enough"


def test_the_receipt_tells_of_them(family: Family, ann: Actor) -> None:
    [waiting, running] = family.submit(TRUE, TRUE)
    family.starts(running)
    family.suspends()

    with tenancy.as_user(ann):
        receipt = cancel_many(ann, AgentJob.objects.for_user(ann), ids=[family.parent.id], selection={})

    assert set(receipt.never_started) == {family.parent.id, waiting.id}
    assert receipt.running == [running.id]


def test_a_running_parent_submits_nothing_more(family: Family, ann: Actor) -> None:
    with tenancy.as_user(ann):
        assert cancel(ann, family.parent.id).outcome == "stopping"

    with pytest.raises(Failure, match="was stopped"):
        family.submit()


def test_the_children_of_a_job_that_ended_go_on(family: Family, ann: Actor) -> None:
    [child] = family.submit(wait=False)
    complete(family.claim)

    with pytest.raises(InterlockError, match="nothing to cancel"), tenancy.as_user(ann):
        cancel(ann, family.parent.id)

    assert row(child).state == "queued"


def test_a_parent_that_is_cancelled_another_way_takes_its_children_along(family: Family, ann: Actor) -> None:
    [child] = family.submit()
    family.suspends()
    transitions.deny([family.parent.id], by="olga", reason="no")

    family.settles(family.parent)

    assert states([child]) == ["cancelled"]


def test_a_child_that_somebody_retried_since_is_left_alone(family: Family, ann: Actor) -> None:
    [child] = family.submit()
    family.suspends()
    with tenancy.as_user(ann):
        cancel(ann, family.parent.id)
    with tenancy.as_user(ann):
        retry(ann, child.id)

    settling.settle()

    assert row(child).state == "queued"


def test_nobody_elses_job_is_touched(family: Family, ann: Actor, workspace: Workspace) -> None:
    [other] = submitted(ann, {**TRUE, "session": "plan"}).jobs
    family.submit()
    family.suspends()

    with tenancy.as_user(ann):
        cancel(ann, family.parent.id)

    assert row(other).state == "queued"
