"""Rows as the shapes that clients see. Called in the reader's tenancy; what is looked up is so for all at once."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import connection
from django.db.models import prefetch_related_objects

from agents.arrays import array
from tasks import estimates, explain
from tasks.api.shapes import job as shapes
from tasks.api.shapes.base import Actor
from tasks.estimates import Estimate
from tasks.models import AgentJob, Attempt, IdempotencyKey, Spending
from tasks.waiting import Question, Waiting

KIN = """
    SELECT id, job_id, requires_id, false FROM tasks_dependency WHERE job_id = ANY(%(jobs)s::uuid[])
    UNION ALL
    SELECT id, job_id, parent_id, true FROM tasks_child WHERE job_id = ANY(%(jobs)s::uuid[])
    ORDER BY 1
"""
"""What each job depends on, in the order of its spec, and which job submitted it."""


def present(jobs: Sequence[AgentJob], *, explained: bool = True) -> list[shapes.Job]:
    """The jobs in their order; with their place and what they wait for, if `explained`."""
    requires, parents = _look_up(jobs)
    waiting = explain.waiting_for(jobs) if explained else {}
    positions = explain.positions(jobs) if explained else {}
    foreseen = estimates.estimates(jobs) if explained else {}
    return [
        _job(
            job,
            parents.get(job.id),
            requires.get(job.id, []),
            waiting.get(job.id),
            positions.get(job.id),
            foreseen.get(job.id),
        )
        for job in jobs
    ]


def present_one(job: AgentJob) -> shapes.Job:
    """The job, the key that it was submitted under, its children, what people were asked about it, and what language
    models have used in it."""
    keys = IdempotencyKey.objects.in_workspace(job.workspace_id).filter(jobs__contains=[job.id])
    shown = present([job])[0]
    spending = Spending.objects.in_workspace(job.workspace_id).filter(job=job).first()
    if spending is not None:
        used = {"tokens": spending.tokens, "cost": float(spending.cost)}
        shown = shown.model_copy(update={"usage": shown.usage.model_copy(update=used)})
    return shown.model_copy(
        update={
            "idempotency_key": keys.values_list("key", flat=True).first(),
            "children": _children(job),
            "approvals": [_approval(question) for question in explain.asked_about(job)],
        }
    )


def _approval(question: Question) -> shapes.JobApproval:
    return shapes.JobApproval.model_construct(
        id=question.id, tool=question.tool, state=question.state, decided_by=question.decided_by or None
    )


def _children(job: AgentJob) -> dict[str, int]:
    """How many jobs that it submitted are in which state; states without one are left out."""
    children = AgentJob.objects.in_workspace(job.workspace_id).filter(parents__parent=job)
    return {state: count for state, count in children.counts_by_state().items() if count}


def _look_up(jobs: Sequence[AgentJob]) -> tuple[dict[UUID, list[UUID]], dict[UUID, UUID]]:
    """Brings what the jobs point at; returns what each of them requires, if anything, and which job submitted it."""
    prefetch_related_objects(jobs, "workspace", "project", "session")
    prefetch_related_objects([job for job in jobs if job.attempt], "attempts")
    requires: dict[UUID, list[UUID]] = {}
    parents: dict[UUID, UUID] = {}
    with connection.cursor() as cursor:
        cursor.execute(KIN, {"jobs": array(job.id for job in jobs)})
        for _, id, other, is_parent in cursor.fetchall():
            if is_parent:
                parents[id] = other
            else:
                requires.setdefault(id, []).append(other)
    return requires, parents


def _job(
    job: AgentJob,
    parent: UUID | None,
    requires: list[UUID],
    waits: Waiting | None,
    position: int | None,
    estimate: Estimate | None,
) -> shapes.Job:
    return shapes.Job.model_construct(
        id=job.id,
        type=job.type,
        workspace=job.workspace.slug,
        project=job.project.slug if job.project else None,
        session=shapes.SessionName.model_construct(id=job.session_id, name=job.session.name),
        agent=job.agent_id,
        agent_type=job.agent_type,
        parent=parent,
        children=None,
        key=job.key or None,
        title=job.title,
        description=job.description,
        runtime=job.runtime or None,
        tool=job.tool or None,
        arguments=job.arguments,
        data=job.data,
        priority=job.priority_label,
        state=job.state,
        state_since=job.state_since,
        version=job.version,
        position=position,
        estimate=_estimate(estimate),
        waiting_for=_waiting_for(waits),
        progress=shapes.Progress.model_construct(percent=job.progress_percent, message=job.progress_message),
        depends_on=requires,
        files=job.files,
        tags=job.tags,
        metadata=job.metadata,
        limits=_limits(job),
        attempts=[_attempt(row) for row in job.attempts.all()] if job.attempt else [],
        attempt=job.attempt,
        max_attempts=job.max_attempts,
        submitted_by=Actor.model_construct(kind=job.submitted_by_kind, label=job.submitted_by_label),
        created_at=job.created_at,
        queued_at=job.queued_at,
        started_at=job.started_at,
        completed_at=job.completed_at,
        deadline=job.deadline,
        available_at=job.available_at,
        wait_seconds=job.wait_seconds,
        worker=job.worker_id or None,
        result=job.result,
        result_purged_at=job.result_purged_at,
        error=_error(job),
        cancel_requested_at=job.cancel_requested_at,
        idempotency_key=None,
        usage=shapes.Usage.model_construct(
            cpu_seconds=job.cpu_seconds, max_rss_mb=job.max_rss_mb, tokens=None, cost=None
        ),
        policy=shapes.PolicyDecision.model_construct(
            verdict=job.policy_verdict, rule=job.policy_rule or None, redacted=job.redacted_fields
        ),
        approvals=None,
    )


def _estimate(estimate: Estimate | None) -> shapes.Estimate | None:
    if estimate is None:
        return None
    return shapes.Estimate.model_construct(
        p50=round(estimate.p50, 3), p90=round(estimate.p90, 3), known=estimate.is_known, finished=estimate.finished
    )


def _waiting_for(waits: Waiting | None) -> shapes.WaitingFor | None:
    if waits is None:
        return None
    return shapes.WaitingFor.model_construct(
        code=waits.code, sentence=waits.sentence, limit=waits.limit, used=waits.used
    )


def _limits(job: AgentJob) -> shapes.JobLimits:
    return shapes.JobLimits.model_construct(
        timeout_ms=job.timeout_ms,
        attempts=job.max_attempts,
        tokens=job.token_budget,
        turns=job.turn_budget,
        cost=None if job.cost_budget is None else float(job.cost_budget),
        cpu=job.cpu,
        memory_mb=job.memory_mb,
        result_ttl=job.result_ttl_seconds,
    )


def _error(job: AgentJob) -> shapes.JobError | None:
    if not job.error_code:
        return None
    return shapes.JobError.model_construct(code=job.error_code, kind=job.error_kind, message=job.error_message)


def _attempt(row: Attempt) -> shapes.Attempt:
    error = shapes.AttemptError.model_construct(code=row.error_code, message=row.error_message)
    return shapes.Attempt.model_construct(
        number=row.number,
        worker=row.worker_id,
        started_at=row.started_at,
        ended_at=row.ended_at,
        outcome=row.outcome or None,
        error=error if row.error_code else None,
        seconds=(row.ended_at - row.started_at).total_seconds() if row.ended_at else None,
    )
