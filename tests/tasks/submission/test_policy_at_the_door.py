"""What the policy says of a submission: a blocked one is kept as a failed job, with the rule as its reason."""

from __future__ import annotations

import pytest
from django.db import transaction

from agents import tenancy
from agents.actor import Actor
from agents.models import Rule, Workspace
from agents.policy.types import Verdict
from tasks.models import AgentJob, Event
from tasks.states import State
from tests.committing import commits
from tests.tasks.people import submitted

pytestmark = [pytest.mark.requirement("P1"), pytest.mark.requirement("P2"), commits]


@pytest.fixture
def rule(ann: Actor, workspace: Workspace) -> Rule:
    with tenancy.as_user(ann):
        return Rule.objects.create(
            workspace=workspace, order=10, tool="submit.command", verdict=Verdict.BLOCK, comment="plans only"
        )


def test_a_blocked_submission_is_a_failed_job_that_says_which_rule(ann: Actor, rule: Rule) -> None:
    [job] = submitted(ann).jobs
    assert (job.state, job.error_code, job.error_kind) == (State.FAILED, "blocked_by_policy", "permanent")
    assert job.error_message == "Rule 10 (submit.command) blocks submit.command: plans only"
    assert (job.policy_verdict, job.policy_rule) == ("BLOCK", str(rule.id))
    assert job.completed_at is not None


def test_the_log_says_so_too(ann: Actor, rule: Rule) -> None:
    [job] = submitted(ann).jobs
    with tenancy.as_user(ann):
        [event] = Event.objects.for_user(ann).filter(job_id=job.id)
    assert (event.kind, event.before, event.after) == ("TaskFailed", "", "failed")
    assert event.reason == job.error_message
    assert event.data["code"] == "blocked_by_policy"


def test_the_rest_of_the_batch_goes_on(ann: Actor, rule: Rule) -> None:
    jobs = submitted(ann, {}, {"tool": "echo", "args": {"value": 1}}).jobs
    assert [job.state for job in jobs] == [State.FAILED, State.QUEUED]
    assert jobs[1].policy_verdict == "ALLOW"


def test_a_rule_of_another_workspace_says_nothing_here(bob: Actor, rule: Rule) -> None:
    [job] = submitted(bob).jobs
    assert job.state == State.QUEUED


def test_the_first_rule_that_matches_decides(ann: Actor, workspace: Workspace, rule: Rule) -> None:
    with tenancy.as_user(ann):
        Rule.objects.create(workspace=workspace, order=5, tool="submit.*", verdict=Verdict.ALLOW)
    [job] = submitted(ann).jobs
    assert (job.state, job.policy_verdict) == (State.QUEUED, "ALLOW")


def test_one_that_is_blocked_and_depends_on_others_is_failed_at_once(ann: Actor, rule: Rule) -> None:
    """And who depends on it waits for the dispatcher to tell."""
    first, second = submitted(
        ann, {"key": "a", "title": "first"}, {"depends_on": ["a"], "tool": "echo", "args": {"value": 1}}
    ).jobs
    assert (first.state, second.state) == (State.FAILED, State.BLOCKED)
    with tenancy.as_user(ann):
        assert AgentJob.objects.for_user(ann).count() == 2


def test_a_rule_binds_the_very_next_submission(ann: Actor, workspace: Workspace) -> None:
    """The rules are kept from one submission to the next, but only while none of them changes."""
    assert [job.state for job in submitted(ann).jobs] == [State.QUEUED]
    with tenancy.as_user(ann):
        made = Rule.objects.create(workspace=workspace, order=1, tool="submit.*", verdict=Verdict.BLOCK)
    assert [job.state for job in submitted(ann).jobs] == [State.FAILED]
    with tenancy.as_user(ann):
        Rule.objects.in_workspace(workspace.id).filter(pk=made.pk).update(verdict=Verdict.ALLOW)
    assert [job.state for job in submitted(ann).jobs] == [State.QUEUED]
    with tenancy.as_user(ann):
        Rule.objects.in_workspace(workspace.id).filter(pk=made.pk).update(verdict=Verdict.BLOCK)
    assert [job.state for job in submitted(ann).jobs] == [State.FAILED]
    with tenancy.as_user(ann):
        Rule.objects.in_workspace(workspace.id).filter(pk=made.pk).delete()
    assert [job.state for job in submitted(ann).jobs] == [State.QUEUED]


def test_a_rule_that_was_taken_back_leaves_nothing_behind(ann: Actor, workspace: Workspace) -> None:
    with tenancy.as_user(ann):
        Rule.objects.create(workspace=workspace, order=1, tool="submit.*", verdict=Verdict.BLOCK)
        assert [job.state for job in submitted(ann).jobs] == [State.FAILED]
        transaction.set_rollback(True)
    assert [job.state for job in submitted(ann).jobs] == [State.QUEUED]
    with tenancy.as_user(ann):
        Rule.objects.create(workspace=workspace, order=1, tool="submit.plan", verdict=Verdict.ALLOW)
    assert [job.state for job in submitted(ann).jobs] == [State.QUEUED]
