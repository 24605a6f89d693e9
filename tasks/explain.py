"""Why each job waits, in one sentence, by asking the same scheduler that decides; and its place in its session."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection

from tasks.children import explaining
from tasks.models import AgentJob
from tasks.scheduling import snapshot
from tasks.scheduling.core import Scheduler
from tasks.scheduling.reasons import Code, Reason
from tasks.scheduling.values import Heads, Policy, Running, SessionState, Snapshot, WorkspaceState
from tasks.scheduling.values import Waiting as Queued
from tasks.states import WAITING, State
from tasks.waiting import Question, Waiting

COUNTED = 16
"""Jobs of a session that are counted one by one where it is said how many come before another; then "at least"."""

ELSEWHERE = uuid4()
"""Stands for all workspaces that the reader does not see: they take slots too."""


def _nobody_known(jobs: Sequence[AgentJob]) -> dict[UUID, Waiting]:
    return {}


def _nobody_asked(job: AgentJob) -> list[Question]:
    return []


who_decides: Callable[[Sequence[AgentJob]], dict[UUID, Waiting]] = _nobody_known
"""What jobs wait for that somebody has to decide about; the room above puts its answer here."""

asked_about: Callable[[AgentJob], list[Question]] = _nobody_asked
"""What people were asked about a job, the oldest first; likewise."""


def waiting_for(jobs: Iterable[AgentJob]) -> dict[UUID, Waiting]:
    """For each of the jobs that waits, why. Called in the reader's tenancy context."""
    waiting = [job for job in jobs if job.state in WAITING or job.state == State.SUSPENDED]
    queued = [job for job in waiting if job.state == State.QUEUED]
    blocked = [job for job in waiting if job.state == State.BLOCKED]
    asking = [job for job in waiting if job.state in (State.PENDING_APPROVAL, State.SUSPENDED)]
    found = _dependencies(blocked)
    if asking:
        found |= {job.id: Waiting("approval", "waits for somebody's approval") for job in asking}
    found |= explaining.waiting_for([job for job in waiting if job.state in (State.BLOCKED, State.SUSPENDED)])
    if asking:
        found |= who_decides(asking)
    if queued:
        found |= _queued(queued)
    return found


def positions(jobs: Iterable[AgentJob]) -> dict[UUID, int]:
    """The place of each queued job in its session's own order, from 1; what is on its way counts no more."""
    queued = [job for job in jobs if job.state == State.QUEUED]
    if not queued:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT job, place FROM tasks_positions(%s::uuid[], %s::uuid[], %s::float[])",
            [[job.id for job in queued], [job.session_id for job in queued], [job.rank for job in queued]],
        )
        return dict(cursor.fetchall())


def _queued(jobs: Sequence[AgentJob]) -> dict[UUID, Waiting]:
    now = snapshot.read_now()
    reasons = _ask(_around(jobs), jobs, now)
    first = [job for job in jobs if _is_about_others(reasons.get(job.id))]
    if first:
        reasons |= _ask(_everywhere(), first, now)
    return {job.id: _as_waiting(job, reasons.get(job.id)) for job in jobs}


def _around(jobs: Sequence[AgentJob]) -> Snapshot:
    """What limits these jobs, and who waits before them in their own sessions. That nearly always answers, at a
    fraction of the cost of reading who else waits."""
    asked = {job.session_id for job in jobs}
    running = snapshot.read_running()
    sessions = snapshot.read_sessions(asked | {job.session for job in running})
    return _world(running, sessions, snapshot.read_heads(asked, window=COUNTED))


def _everywhere() -> Snapshot:
    """The first of each class in every session: for the first job of a session, those behind the first say nothing."""
    running, sessions = snapshot.read_running(), snapshot.read_sessions()
    missed = {job.session for job in running} - {session.id for session in sessions}  # it ended between the two
    sessions += snapshot.read_sessions(missed) if missed else []
    return _world(running, sessions, snapshot.read_heads([session.id for session in sessions], window=1))


def _world(running: list[Running], sessions: list[SessionState], heads: dict[UUID, Heads]) -> Snapshot:
    return with_slots_elsewhere(
        Snapshot(
            platform=snapshot.read_platform(),
            workspaces=snapshot.read_workspaces(),
            sessions=sessions,
            projects=snapshot.read_projects(),
            workers=snapshot.read_workers(),
            running=running,
            heads=heads,
        )
    )


def _ask(world: Snapshot, jobs: Sequence[AgentJob], now: float) -> dict[UUID, Reason]:
    """The scheduler's reasons; none for a job that was handed off."""
    scheduler = Scheduler.load(world, Policy(aging_seconds=settings.INTERLOCK.aging_seconds), now)
    handed = {running.id for running in world.running}
    asked = [job for job in jobs if not job.handed_to and job.id not in handed]
    reasons = {job.id: scheduler.why(_as_queued(job), now) for job in asked}
    scheduler.let_go()
    return reasons


def _is_about_others(reason: Reason | None) -> bool:
    """Whether the job is the first of its session and nothing holds it: then other sessions come first, if any do."""
    return reason is not None and reason.code == Code.ITS_TURN and reason.scope != "session"


def _as_waiting(job: AgentJob, reason: Reason | None) -> Waiting:
    if reason is None:
        return Waiting("starting", "is on its way to a worker")
    sentence = reason.sentence
    if reason.code == Code.RETRY_DELAY and job.available_at and not job.attempt:
        sentence = f"it is not to start before {job.available_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    return Waiting(reason.code.value, sentence, reason.limit, reason.used)


def _as_queued(job: AgentJob) -> Queued:
    return Queued(
        job.id,
        job.workspace_id,
        job.session_id,
        job.project_id,
        priority=job.priority,
        inherited=job.inherited,
        rank=job.rank,
        queued_at=job.queued_at.timestamp() if job.queued_at else 0.0,
        available_at=job.available_at.timestamp() if job.available_at else None,
        epoch=job.epoch,
        needs=snapshot.needs_of(job.requires),
        override=job.override,
        pinned=job.pinned,
    )


def with_slots_elsewhere(seen: Snapshot) -> Snapshot:
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
