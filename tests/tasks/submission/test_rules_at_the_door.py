"""Conditions, approvals and redaction at the door, and what the policy says of the steps of a plan."""

from __future__ import annotations

from typing import Any

import pytest

from agents import tenancy
from agents.actor import Actor
from agents.models import Rule, Workspace
from tasks.models import AgentJob, Event
from tasks.operations.retry import retry, retry_many
from tasks.states import State
from tests.committing import commits
from tests.tasks.people import submitted

pytestmark = [pytest.mark.requirement("P1"), pytest.mark.requirement("P2"), commits]

TOKEN = "ghp_0123456789abcdefghij0123"


@pytest.fixture
def rule(ann: Actor, workspace: Workspace) -> Any:
    """Makes a rule; each is the last."""

    def make(tool: str, verdict: str, **fields: Any) -> Rule:
        with tenancy.as_user(ann):
            order = Rule.objects.in_workspace(workspace.id).count() + 1
            return Rule.objects.create(workspace=workspace, order=order, tool=tool, verdict=verdict, **fields)

    return make


def echo(**fields: Any) -> dict[str, Any]:
    return {"tool": "echo", "args": {"text": "hi"}} | fields


def test_a_condition_sees_the_submission_and_who_asks(ann: Actor, rule: Any) -> None:
    rule("submit.*", "BLOCK", when='"wip" in args.tags && agent.type == "qa" && job.submitted_by == "user:ann"')
    first, second = submitted(ann, echo(tags=["wip"], agent_type="qa"), echo(agent_type="qa")).jobs
    assert (first.state, second.state) == (State.FAILED, State.QUEUED)


def test_what_asks_waits_for_a_person_and_names_the_rule(ann: Actor, rule: Any) -> None:
    made = rule("submit.command", "REQUIRE_APPROVAL", approvers={"quorum": 2}, comment="programs")
    [job] = submitted(ann).jobs
    assert (job.state, job.policy_verdict, job.policy_rule) == (
        State.PENDING_APPROVAL,
        "REQUIRE_APPROVAL",
        str(made.id),
    )
    with tenancy.as_user(ann):
        [event] = Event.objects.for_user(ann).filter(job_id=job.id)
    assert (event.kind, event.after) == ("ApprovalRequested", "pending_approval")


def test_a_condition_without_an_answer_asks(ann: Actor, rule: Any) -> None:
    made = rule("submit.*", "ALLOW", when="args.data.ticket > 5")
    [job] = submitted(ann).jobs
    assert (job.state, job.policy_rule) == (State.PENDING_APPROVAL, str(made.id))


def test_a_step_that_is_blocked_fails_the_plan_at_once(ann: Actor, rule: Any) -> None:
    made = rule("http.*", "BLOCK", when='args.url.startsWith("http://")', comment="no plain http")
    steps = [{"tool": "echo", "args": {"text": "x"}}, {"tool": "http.request", "args": {"url": "http://a.example/"}}]
    [job] = submitted(ann, {"steps": steps}).jobs
    assert (job.state, job.error_code, job.policy_rule) == (State.FAILED, "blocked_by_policy", str(made.id))
    assert job.error_message == "Step 2 of 2: Rule 1 (http.*) blocks http.request: no plain http"


def test_a_step_with_references_is_blocked_only_where_no_argument_matters(ann: Actor, rule: Any) -> None:
    rule("http.*", "BLOCK", when='args.url.startsWith("http://")')
    step = {"tool": "http.request", "args": {"url": "${steps.0.text}"}}
    [job] = submitted(ann, {"steps": [echo(), step]}).jobs
    assert job.state == State.QUEUED
    rule("echo", "BLOCK")
    [job] = submitted(ann, {"steps": [echo(), {"tool": "echo", "args": {"text": "${steps.0.text}"}}]}).jobs
    assert job.state == State.FAILED


def test_a_step_that_asks_is_asked_about_when_it_runs(ann: Actor, rule: Any) -> None:
    rule("echo", "REQUIRE_APPROVAL")
    assert [job.state for job in submitted(ann, echo()).jobs] == [State.QUEUED]


def test_what_is_redacted_is_gone_from_work_and_spec(ann: Actor, rule: Any) -> None:
    made = rule("submit.command", "REDACT", redact={"paths": ["args.env.PIN"], "detectors": ["tokens"]})
    [job] = submitted(ann, {"command": ["login", TOKEN], "env": {"PIN": "1234", "LANG": "C"}}).jobs
    assert (job.state, job.policy_verdict, job.policy_rule) == (State.QUEUED, "REDACT", str(made.id))
    assert job.work == {"command": ["login", "[redacted]"], "env": {"PIN": "[redacted]", "LANG": "C"}}
    assert job.spec == {"command": ["login", "[redacted]"], "env": {"PIN": "[redacted]", "LANG": "C"}}
    assert (job.title, job.kind) == ("login", "command:login")
    assert set(job.redacted_fields) == {"args.command[1]", "args.env.PIN"}


def test_a_rule_about_a_tool_redacts_the_step_that_calls_it(ann: Actor, rule: Any) -> None:
    rule("http.request", "REDACT", redact={"paths": ["args.headers.authorization"]})
    args = {"url": "https://a.example/", "headers": {"Authorization": "secret"}}
    [job] = submitted(ann, {"tool": "http.request", "args": args}).jobs
    for found in (job.work["steps"][0]["args"], job.arguments, job.spec["args"]):
        assert found["headers"] == {"Authorization": "[redacted]"}
    assert job.redacted_fields == ["args.steps[0].args.headers.Authorization"]


def test_a_title_that_follows_from_the_work_follows_from_what_is_left(ann: Actor, rule: Any) -> None:
    rule("submit.command", "REDACT", redact={"paths": ["args.command[*]"]})
    [job] = submitted(ann, {"command": ["mytool", "codeword"]}).jobs
    assert (job.title, job.kind) == ("[redacted]", "command:[redacted]")


def test_whole_lists_and_objects_may_go(ann: Actor, rule: Any) -> None:
    paths = ["args.tags", "args.data", "args.command", "args.env", "args.title"]
    rule("submit.command", "REDACT", redact={"paths": paths})
    [job] = submitted(ann, {"command": ["a"], "tags": ["x"], "data": {"a": 1}, "env": {"A": "b"}, "title": "t"}).jobs
    with tenancy.as_user(ann):
        kept = AgentJob.objects.in_workspace(job.workspace_id).get(pk=job.id)
    assert (kept.tags, kept.data, kept.title) == (["[redacted]"], {"[redacted]": "[redacted]"}, "[redacted]")
    assert kept.work == {"command": ["[redacted]"], "env": {"[redacted]": "[redacted]"}}


def test_marks_that_are_longer_than_what_they_stand_for_still_fit(ann: Actor, rule: Any) -> None:
    rule("submit.*", "REDACT", redact={"patterns": ["x"]})
    [job] = submitted(ann, echo(title="x " * 100, tags=["x." * 30], files=["x-" * 250])).jobs
    assert len(job.title) <= 500 and "x" not in job.title


def test_a_blocked_submission_is_kept_without_what_is_redacted(ann: Actor, rule: Any) -> None:
    rule("submit.command", "BLOCK")
    rule("*", "REDACT", redact={"detectors": ["tokens"]})
    [job] = submitted(ann, {"command": ["login", TOKEN]}).jobs
    assert job.state == State.FAILED
    assert job.work["command"] == ["login", "[redacted]"]


def failed(ann: Actor, *tasks: dict[str, Any], rule: Any) -> tuple[list[AgentJob], Rule]:
    made = rule("submit.*", "BLOCK")
    jobs = submitted(ann, *tasks).jobs
    with tenancy.as_user(ann):
        Rule.objects.in_workspace(made.workspace_id).filter(pk=made.pk).delete()
    return jobs, made


def test_a_retry_passes_the_rules_of_now(ann: Actor, rule: Any) -> None:
    [job], _ = failed(ann, {"command": ["login", TOKEN]}, rule=rule)
    rule("*", "REDACT", redact={"detectors": ["tokens"]})
    asks = rule("submit.command", "REQUIRE_APPROVAL")
    with tenancy.as_user(ann):
        again = retry(ann, job.id)
    assert (again.state, again.policy_rule) == (State.PENDING_APPROVAL, str(asks.id))
    assert again.work["command"] == again.spec["command"] == ["login", "[redacted]"]


def test_so_do_many(ann: Actor, rule: Any) -> None:
    jobs, _ = failed(ann, {}, echo(), rule=rule)
    rule("submit.command", "REQUIRE_APPROVAL")
    with tenancy.as_user(ann):
        done = retry_many(ann, AgentJob.objects.for_user(ann))
        states = {job.id: job.state for job in AgentJob.objects.for_user(ann)}
    assert set(done.jobs) == {job.id for job in jobs}
    assert [states[job.id] for job in jobs] == [State.PENDING_APPROVAL, State.QUEUED]
