"""A call that asks suspends its job; one person's yes lets exactly this call run, one no ends it."""

from __future__ import annotations

import pytest

from agents.actor import Actor
from agents.errors import InvalidInput
from agents.models import Workspace
from agents.policy.types import Verdict
from agents.roles import Role
from approvals.decide import AlreadyDecided, ApprovalChanged, CannotEdit, CannotRemember
from approvals.models import ApprovalDecision, ApprovalState
from approvals.people import NotYourDecision
from tasks import explain
from tasks.execution import session_grants
from tasks.models import Attempt
from tasks.models.call import CallState
from tasks.operations.retry import BlockedByPolicy
from tasks.states import State
from tests.approvals.asking import MAIL, approved, call, decider, denied, request, requests, rule, suspended
from tests.tasks.desk import Desk, kinds, last_event, row
from tests.tasks.people import submitted

pytestmark = [pytest.mark.requirement("P3"), pytest.mark.django_db]


def test_a_run_that_asks_is_suspended_uncharged_and_holds_nothing(workspace: Workspace, ann: Actor, desk: Desk) -> None:
    rule(workspace, "http.*")
    job = suspended(ann, desk)
    assert (job.state, job.lease_until, job.handed_to, job.failures) == (State.SUSPENDED, None, "", 0)
    attempt = Attempt.objects.get(job=job)
    assert (attempt.outcome, attempt.charged) == ("suspended", False)
    assert kinds(job)[-2:] == ["TaskSuspended", "ApprovalRequested"]


def test_the_request_says_what_is_asked_by_whom_and_until_when(workspace: Workspace, ann: Actor, desk: Desk) -> None:
    asking = rule(workspace, "http.*")
    asked = request(suspended(ann, desk))
    assert asked.action == "http.request url=https://mail.example/send body=Dear Sir method=POST"
    assert asked.arguments == MAIL
    assert "url" in asked.schema["properties"]
    assert (asked.rule, asked.effect, asked.requester) == (str(asking.pk), "external", "user:ann")
    assert asked.expires_at is not None and asked.state == ApprovalState.WAITING


@pytest.mark.requirement("P7")
def test_a_yes_grants_the_call_and_queues_the_job_in_its_old_place(
    workspace: Workspace, ann: Actor, olga: Actor, desk: Desk
) -> None:
    rule(workspace, "http.*")
    job = suspended(ann, desk)
    approved(olga, request(job), comment="go on")
    after = row(job)
    assert (after.state, after.rank) == (State.QUEUED, job.rank)
    assert (call(job).state, call(job).decided_by) == (CallState.GRANTED, "user:olga")
    assert (request(job).state, request(job).decided_by) == (ApprovalState.APPROVED, "user:olga")
    assert kinds(job)[-2:] == ["ApprovalDecided", "TaskResumed"]
    said = ApprovalDecision.objects.get(request=request(job))
    assert (said.by, said.said, said.comment, said.version) == ("user:olga", "approve", "go on", request(job).version)


def test_a_no_cancels_a_plan_with_the_comment_as_reason(
    workspace: Workspace, ann: Actor, olga: Actor, desk: Desk
) -> None:
    rule(workspace, "http.*")
    job = suspended(ann, desk)
    denied(olga, request(job), comment="not today")
    assert row(job).state == State.CANCELLED
    assert "not today" in row(job).cancel_reason
    assert call(job).state == CallState.DENIED
    assert last_event(job).kind == "TaskCancelled"


@pytest.mark.requirement("P4")
def test_an_edit_is_what_runs_and_what_was_asked_stays_on_record(
    workspace: Workspace, ann: Actor, olga: Actor, desk: Desk
) -> None:
    rule(workspace, "http.*")
    job = suspended(ann, desk)
    milder = MAIL | {"body": "Dear all"}
    approved(olga, request(job), arguments=milder)
    assert call(job).arguments == milder
    assert (request(job).arguments, request(job).edited) == (MAIL, milder)
    assert ApprovalDecision.objects.get(request=request(job)).arguments == milder


@pytest.mark.requirement("P4")
def test_an_edit_that_the_tool_or_the_policy_refuses_changes_nothing(
    workspace: Workspace, ann: Actor, olga: Actor, desk: Desk
) -> None:
    asking = rule(workspace, "http.*")
    job = suspended(ann, desk)
    with pytest.raises(InvalidInput, match="url"):
        approved(olga, request(job), arguments={"method": "POST"})
    asking.verdict = Verdict.BLOCK  # as a rule whose condition holds of the edited arguments alone
    asked = request(job)
    asking.save()
    done = approved(olga, asked, arguments=MAIL | {"body": "x"})
    assert "blocks it" in done.changed
    assert row(job).state == State.QUEUED, "the gate looks again, and refuses it"


@pytest.mark.requirement("P5")
def test_a_decision_names_the_version_that_was_seen(workspace: Workspace, ann: Actor, olga: Actor, desk: Desk) -> None:
    rule(workspace, "http.*")
    job = suspended(ann, desk)
    with pytest.raises(ApprovalChanged):
        approved(olga, request(job), version="0" * 64)
    assert row(job).state == State.SUSPENDED


@pytest.mark.requirement("P5")
def test_a_changed_outcome_is_asked_anew_and_an_unrelated_rule_changes_nothing(
    workspace: Workspace, ann: Actor, olga: Actor, desk: Desk
) -> None:
    rule(workspace, "http.*")
    job = suspended(ann, desk)
    seen = request(job)
    rule(workspace, "http.request", order=5)
    done = approved(olga, seen)
    assert "asked anew" in done.changed
    with pytest.raises(ApprovalChanged):
        done.insist()
    asked_anew = request(job)
    assert (asked_anew.state, row(job).state) == (ApprovalState.WAITING, State.SUSPENDED)
    assert asked_anew.version != seen.version
    rule(workspace, "shell.*", Verdict.BLOCK, order=1)
    assert not approved(olga, asked_anew).changed
    assert row(job).state == State.QUEUED


@pytest.mark.requirement("P5")
def test_where_the_policy_allows_it_by_now_it_goes_on(
    workspace: Workspace, ann: Actor, olga: Actor, desk: Desk
) -> None:
    asking = rule(workspace, "http.*")
    job = suspended(ann, desk)
    seen = request(job)
    asking.delete()
    assert "without approval" in approved(olga, seen).changed
    assert (request(job).state, row(job).state) == (ApprovalState.SUPERSEDED, State.QUEUED)


def test_who_has_not_the_role_may_not_decide(workspace: Workspace, ann: Actor, desk: Desk) -> None:
    rule(workspace, "http.*")
    job = suspended(ann, desk)
    with pytest.raises(NotYourDecision, match="role approver"):
        approved(decider(workspace, "otto", Role.OPERATOR), request(job))
    with pytest.raises(NotYourDecision, match="no person"):
        approved(Actor("agent", "a-1", "dev-1", {workspace.id: Role.ADMIN}), request(job))
    assert row(job).state == State.SUSPENDED


def test_whom_the_rule_excludes_may_not_decide_whatever_the_role(workspace: Workspace, ann: Actor, desk: Desk) -> None:
    rule(workspace, "http.*", excluded=["olga"], users=["olga"])
    job = suspended(ann, desk)
    with pytest.raises(NotYourDecision, match="olga may not decide this"):
        approved(decider(workspace, "olga", Role.ADMIN), request(job))
    approved(decider(workspace, "otto"), request(job))
    assert row(job).state == State.QUEUED


@pytest.mark.requirement("P4")
def test_two_people_must_agree_where_the_rule_says_so_and_nobody_counts_twice(
    workspace: Workspace, ann: Actor, olga: Actor, desk: Desk
) -> None:
    rule(workspace, "http.*")
    job = suspended(ann, desk)
    asked = request(job)
    asked.quorum = 2
    asked.save()
    approved(olga, asked)
    assert (row(job).state, request(job).state) == (State.SUSPENDED, ApprovalState.WAITING)
    with pytest.raises(AlreadyDecided, match="another person"):
        approved(olga, request(job))
    approved(decider(workspace, "paul"), request(job))
    assert row(job).state == State.QUEUED


@pytest.mark.requirement("P4")
def test_an_edit_makes_those_who_agreed_before_agree_anew(
    workspace: Workspace, ann: Actor, olga: Actor, desk: Desk
) -> None:
    rule(workspace, "http.*")
    job = suspended(ann, desk)
    asked = request(job)
    asked.quorum = 2
    asked.save()
    approved(olga, asked)
    approved(decider(workspace, "paul"), request(job), arguments=MAIL | {"body": "Dear all"})
    assert row(job).state == State.SUSPENDED
    approved(olga, request(job))
    assert (row(job).state, call(job).arguments["body"]) == (State.QUEUED, "Dear all")


@pytest.mark.requirement("P4")
def test_nobody_decides_their_own_request_where_the_rule_says_so(workspace: Workspace, olga: Actor, desk: Desk) -> None:
    rule(workspace, "http.*")
    job = suspended(olga, desk)
    asked = request(job)
    asked.not_requester = True
    asked.save()
    with pytest.raises(NotYourDecision, match="Whoever asked"):
        approved(olga, asked)
    approved(decider(workspace, "paul"), asked)
    assert row(job).state == State.QUEUED


@pytest.mark.requirement("P4")
def test_always_for_this_session_is_a_grant_of_its_own_that_ends_with_its_rule(
    workspace: Workspace, ann: Actor, olga: Actor, desk: Desk
) -> None:
    rule(workspace, "http.*")
    job = suspended(ann, desk, session="mails")
    asked = request(job)
    approved(olga, asked, remember=True)
    assert session_grants.covers(job.session_id, "http.request", asked.outcome)
    assert not session_grants.covers(job.session_id, "shell.run", asked.outcome)
    assert not session_grants.covers(job.session_id, "http.request", "another outcome")


def test_several_calls_are_decided_one_by_one_and_the_last_answer_resumes(
    workspace: Workspace, ann: Actor, olga: Actor, desk: Desk
) -> None:
    rule(workspace, "http.*")
    job = suspended(ann, desk, MAIL, MAIL | {"body": "Again"})
    first, second = requests(job)
    approved(olga, first)
    assert row(job).state == State.SUSPENDED
    approved(olga, second)
    assert row(job).state == State.QUEUED


def test_a_submission_that_asks_waits_before_the_queue(workspace: Workspace, ann: Actor, olga: Actor) -> None:
    rule(workspace, "submit.command")
    [job] = submitted(ann, {"title": "Deploy"}).jobs
    assert job.state == State.PENDING_APPROVAL
    asked = request(job)
    assert (asked.call, asked.tool, asked.action) == (None, "submit.command", "Submit “Deploy”")
    with pytest.raises(CannotEdit):
        approved(olga, asked, arguments={"command": ["true"]})
    with pytest.raises(CannotRemember):
        approved(olga, asked, remember=True)
    approved(olga, asked)
    assert row(job).state == State.QUEUED
    assert kinds(job) == ["ApprovalRequested", "ApprovalDecided"]


def test_a_submission_that_was_denied_is_cancelled(workspace: Workspace, ann: Actor, olga: Actor) -> None:
    rule(workspace, "submit.command")
    [job] = submitted(ann, {}).jobs
    denied(olga, request(job), comment="no")
    assert row(job).state == State.CANCELLED
    assert kinds(job) == ["ApprovalRequested", "ApprovalDecided", "TaskCancelled"]


def test_an_approved_submission_still_waits_for_what_it_depends_on(
    workspace: Workspace, ann: Actor, olga: Actor
) -> None:
    rule(workspace, "submit.plan")
    first, second = submitted(
        ann, {"key": "a"}, {"key": "b", "depends_on": ["a"], "steps": [{"tool": "echo", "args": {"value": 1}}]}
    ).jobs
    approved(olga, request(second))
    assert row(second).state == State.BLOCKED
    assert row(first).state == State.QUEUED


def test_a_submission_that_the_policy_blocks_by_now_fails(workspace: Workspace, ann: Actor, olga: Actor) -> None:
    asking = rule(workspace, "submit.command")
    [job] = submitted(ann, {}).jobs
    asking.verdict = Verdict.BLOCK
    asking.save()
    assert "blocks it" in approved(olga, request(job)).changed
    assert (row(job).state, row(job).error_code) == (State.FAILED, BlockedByPolicy.code)


def test_why_it_waits_says_who_may_decide_and_until_when(workspace: Workspace, ann: Actor, desk: Desk) -> None:
    rule(workspace, "http.*")
    job = suspended(ann, desk)
    waits = explain.waiting_for([job])[job.id]
    assert waits.code == "approval"
    assert "http.request" in waits.sentence and "role approver" in waits.sentence and "until" in waits.sentence
