"""Rows as the shapes that clients see. Called in the reader's tenancy; what is looked up is so for all at once."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import prefetch_related_objects

from tasks import estimates, explain
from tasks.api.shapes import job as shapes
from tasks.api.shapes.base import Actor
from tasks.estimates import Estimate
from tasks.models import AgentJob, Attempt, Dependency, IdempotencyKey


def present(jobs: Sequence[AgentJob], *, explained: bool = True) -> list[shapes.Job]:
    """The jobs in their order; with their place and what they wait for, if `explained`."""
    requires = _look_up(jobs)
    waiting = explain.waiting_for(jobs) if explained else {}
    positions = explain.positions(jobs) if explained else {}
    foreseen = estimates.estimates(jobs) if explained else {}
    return [
        _job(job, requires.get(job.id, []), waiting.get(job.id), positions.get(job.id), foreseen.get(job.id))
        for job in jobs
    ]


def present_one(job: AgentJob) -> shapes.Job:
    """The job, and the key that it was submitted under."""
    keys = IdempotencyKey.objects.in_workspace(job.workspace_id).filter(jobs__contains=[job.id])
    key = keys.values_list("key", flat=True).first()
    return present([job])[0].model_copy(update={"idempotency_key": key})


def _look_up(jobs: Sequence[AgentJob]) -> dict[UUID, list[UUID]]:
    """Brings what the jobs point at; returns what each of them requires, if anything."""
    prefetch_related_objects(jobs, "workspace", "project", "session")
    prefetch_related_objects([job for job in jobs if job.attempt], "attempts")
    requires: dict[UUID, list[UUID]] = {}
    of_these = Dependency.objects.filter(job_id__in=[job.id for job in jobs]).order_by("id")
    for job_id, required in of_these.values_list("job_id", "requires_id"):
        requires.setdefault(job_id, []).append(required)
    return requires


def _job(
    job: AgentJob,
    requires: list[UUID],
    waits: explain.Waiting | None,
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
        error=_error(job),
        cancel_requested_at=job.cancel_requested_at,
        idempotency_key=None,
        usage=shapes.Usage.model_construct(cpu_seconds=job.cpu_seconds, max_rss_mb=job.max_rss_mb),
        policy=shapes.PolicyDecision.model_construct(
            verdict=job.policy_verdict, rule=job.policy_rule or None, redacted=job.redacted_fields
        ),
    )


def _estimate(estimate: Estimate | None) -> shapes.Estimate | None:
    if estimate is None:
        return None
    return shapes.Estimate.model_construct(
        p50=round(estimate.p50, 3), p90=round(estimate.p90, 3), known=estimate.is_known, finished=estimate.finished
    )


def _waiting_for(waits: explain.Waiting | None) -> shapes.WaitingFor | None:
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
