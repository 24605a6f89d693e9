"""Why each job waits, in one sentence, by asking the same scheduler that decides; and its place in its session."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection

from tasks.models import AgentJob
from tasks.scheduling import snapshot
from tasks.scheduling.core import Scheduler
from tasks.scheduling.reasons import Reason
from tasks.scheduling.values import Policy, Running, SessionState, Snapshot, WorkspaceState
from tasks.scheduling.values import Waiting as Queued
from tasks.states import WAITING, State

ELSEWHERE = uuid4()
"""Stands for all workspaces that the reader does not see: they take slots too."""


@dataclass(frozen=True)
class Waiting:
    """The one limit that holds a job: a stable code, a sentence with numbers, and the numbers."""

    code: str
    sentence: str
    limit: float | None = None
    used: float | None = None


def waiting_for(jobs: Iterable[AgentJob]) -> dict[UUID, Waiting]:
    """For each of the jobs that waits, why. Called in the reader's tenancy context."""
    waiting = [job for job in jobs if job.state in WAITING]
    queued = [job for job in waiting if job.state == State.QUEUED]
    found = _dependencies([job for job in waiting if job.state == State.BLOCKED])
    for job in waiting:
        if job.state == State.PENDING_APPROVAL:
            found[job.id] = Waiting("approval", "waits for somebody's approval")
    if queued:
        found |= _queued(queued)
    return found


def positions(jobs: Iterable[AgentJob]) -> dict[UUID, int]:
    """The place of each queued job in its session's own order, from 1."""
    queued = [job.id for job in jobs if job.state == State.QUEUED]
    if not queued:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT job.id, 1 + count(ahead.id)
            FROM tasks_agentjob job
            LEFT JOIN tasks_agentjob ahead ON ahead.session_id = job.session_id AND ahead.state = 'queued'
                 AND (ahead.rank, ahead.id) < (job.rank, job.id)
            WHERE job.id = ANY(%s) AND job.state = 'queued' GROUP BY job.id
            """,
            [queued],
        )
        return dict(cursor.fetchall())


def _queued(jobs: Sequence[AgentJob]) -> dict[UUID, Waiting]:
    now = _now()
    world = _with_slots_elsewhere(snapshot.read_all())
    scheduler = Scheduler.load(world, Policy(aging_seconds=settings.INTERLOCK.aging_seconds), now)
    handed = {running.id for running in world.running}
    return {
        job.id: Waiting("starting", "is on its way to a worker")
        if job.id in handed
        else _as_waiting(scheduler.why(_as_queued(job), now))
        for job in jobs
    }


def _as_waiting(reason: Reason) -> Waiting:
    return Waiting(reason.code.value, reason.sentence, reason.limit, reason.used)


def _as_queued(job: AgentJob) -> Queued:
    return Queued(
        job.id,
        job.workspace_id,
        job.session_id,
        job.project_id,
        priority=job.priority,
        rank=job.rank,
        queued_at=job.queued_at.timestamp() if job.queued_at else 0.0,
        available_at=job.available_at.timestamp() if job.available_at else None,
        epoch=job.epoch,
        needs=snapshot.needs_of(job.requires),
    )


def _with_slots_elsewhere(seen: Snapshot) -> Snapshot:
    """Count the slots that jobs of other tenants take, so that a full platform is not taken for a free one."""
    visible: dict[str, int] = {}
    for running in seen.running:
        visible[running.worker] = visible.get(running.worker, 0) + 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT worker, taken FROM tasks_slots_taken()")
        hidden = {worker: taken - visible.get(worker, 0) for worker, taken in cursor.fetchall()}
    others = [
        Running(uuid4(), ELSEWHERE, ELSEWHERE, None, worker, 0.0, 0)
        for worker, count in hidden.items()
        for _ in range(count)
    ]
    if not others:
        return seen
    return replace(
        seen,
        workspaces=[*seen.workspaces, WorkspaceState(ELSEWHERE, "other workspaces")],
        sessions=[*seen.sessions, SessionState(ELSEWHERE, ELSEWHERE, "other workspaces", cap=None)],
        running=[*seen.running, *others],
    )


def _dependencies(jobs: Sequence[AgentJob]) -> dict[UUID, Waiting]:
    if not jobs:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT dependency.job_id, count(*), count(*) FILTER (WHERE required.state = 'completed'),
                   min(required.title) FILTER (WHERE required.state <> 'completed')
            FROM tasks_dependency dependency JOIN tasks_agentjob required ON required.id = dependency.requires_id
            WHERE dependency.job_id = ANY(%s) GROUP BY 1
            """,
            [[job.id for job in jobs]],
        )
        return {
            job: Waiting("dependency", f"waits for “{title}”: {done} of {total} dependencies are done", total, done)
            for job, total, done, title in cursor.fetchall()
        }


def _now() -> float:
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())::float")
        return float(cursor.fetchone()[0])
