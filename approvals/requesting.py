"""Makes the request for each thing that waits for somebody's decision; made once, however often it is looked for."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from agents.errors import InterlockError
from agents.runtimes.classify import without_secrets
from agents.tools import registry
from approvals import people
from approvals.models import ApprovalRequest
from approvals.terms import Terms
from tasks.execution import ruling
from tasks.execution.digest import digest_of
from tasks.execution.ruling import Ruling
from tasks.models import AgentJob, ToolCall
from tasks.models.call import CallState
from tasks.states import State

log = logging.getLogger(__name__)

ASKING = (State.PENDING_APPROVAL, State.SUSPENDED)
LONGEST_ACTION = 500
UNASKED = """
    SELECT job.id FROM tasks_agentjob job
    WHERE job.state = 'pending_approval' AND NOT EXISTS (
        SELECT FROM approvals_approvalrequest r
        WHERE r.job_id = job.id AND r.call_id IS NULL AND r.ask = job.version)
    UNION
    SELECT job.id FROM tasks_toolcall call JOIN tasks_agentjob job ON job.id = call.job_id
    WHERE call.state = 'asked' AND job.state = 'suspended' AND NOT EXISTS (
        SELECT FROM approvals_approvalrequest r WHERE r.call_id = call.id AND r.ask = call.asks)
    LIMIT 1000
"""


def on_asked(sender: object, jobs: list[UUID], **_: Any) -> None:
    """Of the signal `tasks.signals.asked`: what fails here is undone by itself, and found by `find_unasked`."""
    with transaction.atomic():
        request_for(jobs)


def find_unasked() -> int:
    """Make the requests that no signal led to; returns how many those were. For the platform's own processes."""
    with connection.cursor() as cursor:
        cursor.execute(UNASKED)
        jobs = [row[0] for row in cursor.fetchall()]
    return request_for(jobs) if jobs else 0


def request_for(jobs: Iterable[UUID]) -> int:
    """A request for each of these submissions, and for each call that they ask about."""
    asking = AgentJob.objects.filter(pk__in=list(jobs), state__in=ASKING).select_related("workspace")
    made: list[ApprovalRequest] = []
    for job in asking:
        if job.state == State.PENDING_APPROVAL:
            made.append(_of_submission(job))
        else:
            calls = ToolCall.objects.in_workspace(job.workspace_id).filter(job=job, state=CallState.ASKED)
            made += [of_call(job, call) for call in calls]
    ApprovalRequest.objects.bulk_create(made, ignore_conflicts=True)
    return len(made)


def of_call(job: AgentJob, call: ToolCall) -> ApprovalRequest:
    """The unsaved request for a call that is asked about."""
    now = ruling.of_call(call, call.arguments)
    terms = Terms.of(now.decision) if now.outcome == call.outcome else Terms()
    return _request(
        job,
        Ruling(now.decision, call.outcome),
        terms,
        call=call,
        ask=call.asks,
        tool=call.tool,
        arguments=call.arguments,
        schema=_schema(call.tool),
        effect=call.effect,
        rule=call.rule,
        why=call.why,
        action=action_of(call.tool, call.arguments),
        version=version_of(call.tool, call.arguments, call.outcome),
    )


def _of_submission(job: AgentJob) -> ApprovalRequest:
    now = ruling.of_submission(job)
    tool = f"submit.{job.runtime or job.type}"
    return _request(
        job,
        now,
        Terms.of(now.decision),
        call=None,
        ask=job.version,
        tool=tool,
        arguments=job.work,
        rule=now.decision.rule or "",
        why=now.decision.why[:500],
        action=without_secrets(f"Submit “{job.title}”")[:LONGEST_ACTION],
        version=version_of(tool, job.work, now.outcome),
    )


def _request(job: AgentJob, now: Ruling, terms: Terms, **fields: Any) -> ApprovalRequest:
    return ApprovalRequest(
        workspace=job.workspace,
        job=job,
        outcome=now.outcome,
        requester=f"{job.submitted_by_kind}:{job.submitted_by_label}"[:200],
        requester_person=people.behind_job(job),
        approvers=terms.approvers,
        quorum=terms.quorum,
        not_requester=terms.not_requester,
        escalations=[step.as_dict() for step in terms.escalations],
        expires_at=timezone.now() + timedelta(seconds=terms.expires_in),
        **fields,
    )


def version_of(tool: str, arguments: Any, outcome: str) -> str:
    """What a decision must name: the fingerprint of the arguments and of the outcome that asked."""
    return hashlib.sha256(f"{digest_of(tool, arguments)} {outcome}".encode()).hexdigest()


def action_of(tool: str, arguments: dict[str, Any]) -> str:
    """One line for people: the tool, and its arguments as far as they fit, without what looks like a secret."""
    told = [f"{name}={_short(value)}" for name, value in arguments.items()]
    return without_secrets(" ".join([tool, *told]))[:LONGEST_ACTION]


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    line = " ".join(text[:200].split())
    return f"{line[:80]}…" if len(line) > 80 else line


def _schema(tool: str) -> dict[str, Any]:
    try:
        return registry.get(tool).schema
    except InterlockError:
        return {}
