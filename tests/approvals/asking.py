"""Jobs that wait for somebody's decision, and people who may decide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from agents import tenancy
from agents.actor import Actor
from agents.models import Rule, Workspace
from agents.policy.checking import checked
from agents.policy.types import Verdict
from agents.roles import Role
from agents.tools.base import Effect
from approvals import decide
from approvals.decide import Decided
from approvals.models import ApprovalRequest
from tasks import actions
from tasks.execution.attempt import Ending
from tasks.execution.digest import digest_of
from tasks.execution.outcome import fingerprint
from tasks.execution.records import CallRecord, Notes
from tasks.execution.ruling import decide as policy
from tasks.execution.ruling import rules_of
from tasks.execution.writing import write
from tasks.models import AgentJob, ToolCall
from tasks.models.call import CallState
from tests.tasks.desk import Desk
from tests.tasks.people import member, submitted

MAIL = {"method": "POST", "url": "https://mail.example/send", "body": "Dear Sir"}


def decider(workspace: Workspace, name: str = "olga", role: Role = Role.APPROVER) -> Actor:
    """A person who may decide, by that role."""
    return member(workspace, role=role, name=name)


def rule(
    workspace: Workspace, tool: str, verdict: Verdict = Verdict.REQUIRE_APPROVAL, order: int = 10, **approvers: Any
) -> Rule:
    kept = checked({"order": order, "tool": tool, "verdict": verdict, "approvers": approvers})
    made: Rule = Rule.objects.create(workspace=workspace, **kept)
    return made


def suspended(actor: Actor, desk: Desk, *calls: Mapping[str, Any], why: str = "it asks", **spec: Any) -> AgentJob:
    """A plan whose run asked about these calls of http.request, as a worker leaves it."""
    asked = [dict(call) for call in calls] or [MAIL]
    spec = {"steps": [{"tool": "http.request", "args": args} for args in asked], **spec}
    [job] = submitted(actor, spec).jobs
    claim = desk.start_one(job)
    decisions = [policy(rules_of(job.workspace_id), actions.of_step(job, "http.request", args)) for args in asked]
    records = [
        CallRecord(
            index=index,
            tool="http.request",
            arguments=args,
            effect=Effect.EXTERNAL.value,
            verdict=decision.verdict.value,
            rule=decision.rule or "",
            state=CallState.ASKED,
            digest=digest_of("http.request", args),
            outcome=fingerprint(decision, ""),
            why=why,
            asks=1,
        )
        for index, (args, decision) in enumerate(zip(asked, decisions, strict=True))
    ]
    write([Ending(claim, suspended="http.request waits for approval", notes=Notes(claim, [], records))])
    return AgentJob.objects.get(pk=job.id)


def requests(job: AgentJob) -> list[ApprovalRequest]:
    return list(ApprovalRequest.objects.filter(job=job).order_by("pk"))


def request(job: AgentJob) -> ApprovalRequest:
    """The job's only request, as it is now."""
    [only] = requests(job)
    return only


def call(job: AgentJob) -> ToolCall:
    return ToolCall.objects.get(job=job)


def approved(actor: Actor, request: ApprovalRequest, **said: Any) -> Decided:
    return _said(decide.approve, actor, request, said)


def denied(actor: Actor, request: ApprovalRequest, **said: Any) -> Decided:
    return _said(decide.deny, actor, request, said)


def _said(verb: Any, actor: Actor, request: ApprovalRequest, said: dict[str, Any]) -> Decided:
    """In a transaction as every way in opens it."""
    id: UUID = request.pk
    with tenancy.as_user(actor, reason=said.get("comment", "")):
        done: Decided = verb(actor, id, **{"version": request.version, **said})
    return done
