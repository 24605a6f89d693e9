"""Whoever comes first decides: two people, a decision and a cancel, a decision and the end of its time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from agents import tenancy
from agents.actor import Actor
from agents.models import Workspace
from approvals import decide, expiry
from approvals.decide import AlreadyDecided, ApprovalExpired
from approvals.models import ApprovalRequest, ApprovalState
from tasks.operations.cancel import cancel
from tasks.states import State
from tests.approvals.asking import call, decider, request, rule, suspended
from tests.committing import commits
from tests.tasks.desk import Desk, row
from tests.tasks.parties import Party, parties

pytestmark = [pytest.mark.requirement("P5"), commits]


@pytest.fixture
def two(workspace: Workspace) -> Iterator[list[Party]]:
    """Two other processes."""
    with parties(2) as both:
        yield both


def approve(actor: Actor, asked: ApprovalRequest) -> object:
    return decide.approve(actor, asked.pk, version=asked.version)


def test_of_two_people_at_once_exactly_one_decides(
    workspace: Workspace, ann: Actor, olga: Actor, desk: Desk, two: list[Party]
) -> None:
    rule(workspace, "http.*")
    job = suspended(ann, desk)
    asked, paul = request(job), decider(workspace, "paul")
    first, second = two
    first.enter(tenancy.as_user(olga))
    first.do(approve, olga, asked)
    second.enter(tenancy.as_user(paul))
    late = second.begin(decide.deny, paul, asked.pk, version=asked.version, comment="no")
    second.wait_until_blocked()
    first.leave()
    with pytest.raises(AlreadyDecided, match="user:olga"):
        late.result(30)
    second.fail()
    assert (row(job).state, request(job).decided_by, call(job).state) == (State.QUEUED, "user:olga", "granted")


def test_a_cancel_that_comes_first_withdraws_what_was_asked(
    workspace: Workspace, ann: Actor, olga: Actor, desk: Desk, two: list[Party]
) -> None:
    rule(workspace, "http.*")
    job = suspended(ann, desk)
    asked = request(job)
    first, second = two
    first.enter(tenancy.as_user(ann))
    first.do(cancel, ann, job.id, "not needed")
    second.enter(tenancy.as_user(olga))
    late = second.begin(approve, olga, asked)
    second.wait_until_blocked()
    first.leave()
    with pytest.raises(AlreadyDecided, match="withdrawn"):
        late.result(30)
    second.fail()
    assert (row(job).state, request(job).state) == (State.CANCELLED, ApprovalState.WITHDRAWN)


def test_a_cancel_that_comes_second_cancels_what_was_approved(
    workspace: Workspace, ann: Actor, olga: Actor, desk: Desk, two: list[Party]
) -> None:
    rule(workspace, "http.*")
    job = suspended(ann, desk)
    asked = request(job)
    first, second = two
    first.enter(tenancy.as_user(olga))
    first.do(approve, olga, asked)
    second.enter(tenancy.as_user(ann))
    late = second.begin(cancel, ann, job.id, "not needed")
    second.wait_until_blocked()
    first.leave()
    late.result(30)
    second.leave()
    assert (row(job).state, request(job).state) == (State.CANCELLED, ApprovalState.APPROVED)


def test_the_end_of_its_time_is_a_no_that_no_late_yes_undoes(
    workspace: Workspace, ann: Actor, olga: Actor, desk: Desk, two: list[Party]
) -> None:
    rule(workspace, "http.*")
    job = suspended(ann, desk)
    ApprovalRequest.objects.filter(job=job).update(expires_at=timezone.now() - timedelta(seconds=1))
    asked = request(job)
    person, _ = two
    person.enter(tenancy.as_user(olga))
    with pytest.raises(ApprovalExpired):
        person.do(approve, olga, asked)
    person.fail()
    assert row(job).state == State.SUSPENDED, "the sweep ends it"
    assert expiry.sweep()["expired"] == 1
    assert (row(job).state, request(job).state, call(job).state) == (State.CANCELLED, ApprovalState.EXPIRED, "denied")
    assert expiry.sweep()["expired"] == 0


def test_a_decision_that_comes_first_keeps_the_sweep_from_ending_it(
    workspace: Workspace, ann: Actor, olga: Actor, desk: Desk, two: list[Party]
) -> None:
    rule(workspace, "http.*")
    job = suspended(ann, desk)
    asked = request(job)
    person, sweeper = two
    person.enter(tenancy.as_user(olga))
    person.do(approve, olga, asked)
    late = sweeper.begin(_expire, asked)
    sweeper.wait_until_blocked()
    person.leave()
    assert late.result(30) is False
    assert row(job).state == State.QUEUED


def _expire(asked: ApprovalRequest) -> bool:
    return expiry.expire(asked.pk, asked.workspace_id)
