"""A warning before the end, others who may decide too after a while, and what no signal told of is found."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from agents.actor import Actor
from agents.models import Workspace
from agents.roles import Role
from approvals import expiry
from approvals.models import ApprovalRequest, ApprovalState
from approvals.people import NotYourDecision
from tasks import retention
from tasks.models import AgentJob, Event
from tasks.states import State
from tests.approvals.asking import approved, decider, request, requests, rule, suspended
from tests.tasks.desk import Desk, last_event, row
from tests.tasks.people import submitted

pytestmark = [pytest.mark.requirement("P4"), pytest.mark.django_db]


def test_it_warns_once_before_its_time_is_over(workspace: Workspace, ann: Actor, desk: Desk) -> None:
    rule(workspace, "http.*")
    job = suspended(ann, desk)
    assert expiry.sweep()["warned"] == 0
    ApprovalRequest.objects.filter(job=job).update(
        created_at=timezone.now() - timedelta(hours=10), expires_at=timezone.now() + timedelta(minutes=50)
    )
    assert expiry.sweep()["warned"] == 1
    told = last_event(job)
    assert (told.kind, told.data["what"]) == ("ApprovalRequested", "expires_soon")
    assert expiry.sweep()["warned"] == 0
    assert row(job).state == State.SUSPENDED


def test_after_a_while_others_may_decide_too(workspace: Workspace, ann: Actor, desk: Desk) -> None:
    rule(workspace, "http.*")
    job = suspended(ann, desk)
    otto = decider(workspace, "otto", Role.OPERATOR)
    steps = [{"after": 3600, "role": "", "users": ["otto"]}, {"after": 7200, "role": "viewer", "users": []}]
    ApprovalRequest.objects.filter(job=job).update(escalations=steps)
    assert expiry.sweep()["escalated"] == 0
    with pytest.raises(NotYourDecision):
        approved(otto, request(job))
    ApprovalRequest.objects.filter(job=job).update(created_at=timezone.now() - timedelta(seconds=3700))
    assert expiry.sweep()["escalated"] == 1
    assert request(job).escalations == steps[1:]
    assert last_event(job).data["what"] == "escalated"
    approved(otto, request(job))
    assert row(job).state == State.QUEUED


def test_the_rule_says_who_comes_next(workspace: Workspace, ann: Actor, desk: Desk) -> None:
    steps = [{"after": 7200, "role": "operator"}, {"after": 3600, "users": ["otto"]}]
    rule(workspace, "http.*", escalate=steps)
    job = suspended(ann, desk)
    asked = [{"after": 3600, "role": "", "users": ["otto"]}, {"after": 7200, "role": "operator", "users": []}]
    assert request(job).escalations == asked
    otto, petra = (decider(workspace, name, Role.VIEWER) for name in ("otto", "petra"))
    ApprovalRequest.objects.filter(job=job).update(created_at=timezone.now() - timedelta(seconds=3700))
    assert expiry.sweep()["escalated"] == 1
    with pytest.raises(NotYourDecision):
        approved(petra, request(job))
    approved(otto, request(job))


def test_what_no_signal_told_of_is_found_once(workspace: Workspace, ann: Actor, desk: Desk) -> None:
    rule(workspace, "http.*")
    job = suspended(ann, desk)
    rule(workspace, "submit.command")
    [submission] = submitted(ann, {}).jobs
    ApprovalRequest.objects.all().delete()
    assert expiry.sweep()["found"] == 2
    assert expiry.sweep()["found"] == 0
    assert len(requests(job)) == len(requests(submission)) == 1


def test_a_submission_that_nobody_decided_about_is_cancelled(workspace: Workspace, ann: Actor) -> None:
    rule(workspace, "submit.command")
    [job] = submitted(ann, {}).jobs
    ApprovalRequest.objects.update(expires_at=timezone.now())
    expiry.sweep()
    assert (row(job).state, request(job).state) == (State.CANCELLED, ApprovalState.EXPIRED)


def test_a_submission_that_nobody_decided_about_fails_where_the_rule_says_so(workspace: Workspace, ann: Actor) -> None:
    rule(workspace, "submit.command", when_expired="fail")
    [job] = submitted(ann, {}).jobs
    ApprovalRequest.objects.update(expires_at=timezone.now())
    assert expiry.sweep()["expired"] == 1
    found = row(job)
    assert (found.state, found.error_code, found.error_kind) == (State.FAILED, "approval_expired", "permanent")
    assert (request(job).state, expiry.sweep()["expired"]) == (ApprovalState.EXPIRED, 0)


def test_retention_leaves_what_waits_and_takes_requests_with_their_jobs(
    workspace: Workspace, ann: Actor, olga: Actor, desk: Desk
) -> None:
    rule(workspace, "http.*")
    waits, over = suspended(ann, desk), suspended(ann, desk)
    approved(olga, request(over))
    AgentJob.objects.filter(pk=over.pk).update(state=State.CANCELLED)
    AgentJob.objects.filter(pk__in=[waits.pk, over.pk]).update(created_at=timezone.now() - timedelta(days=99))
    AgentJob.objects.filter(pk=over.pk).update(completed_at=timezone.now() - timedelta(days=99))
    assert retention.clean_workspace(workspace, days=30).count == 1
    assert list(AgentJob.objects.values_list("pk", flat=True)) == [waits.pk]
    assert list(ApprovalRequest.objects.values_list("job_id", flat=True)) == [waits.pk]
    assert Event.objects.filter(job_id=over.pk, kind="ApprovalDecided").exists(), "the trail stays"
