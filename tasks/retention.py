"""What is over long enough is deleted: jobs with everything that hangs on them, never what is still open, and the
idempotency keys that made them, the receipts of their cancelling, and what agents remembered before they went on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Now

from agents.models import Workspace
from tasks.models import Cancellation, QueueChange

BATCH = 1000
EVENT_DAYS = 400
"""The audit log's own period."""

SAMPLE_DAYS = 14
"""Looks at machines, one every five seconds of each worker."""

OLD = """
    SELECT id FROM tasks_agentjob job
    WHERE workspace_id = %(workspace)s AND state IN ('completed', 'failed', 'cancelled')
      AND completed_at < clock_timestamp() - make_interval(days => %(days)s)
      AND NOT EXISTS (SELECT FROM tasks_dependency d JOIN tasks_agentjob waiting ON waiting.id = d.job_id
                      WHERE d.requires_id = job.id AND waiting.state NOT IN ('completed', 'failed', 'cancelled'))
      AND NOT EXISTS (SELECT FROM tasks_child c JOIN tasks_agentjob child ON child.id = c.job_id
                      WHERE c.parent_id = job.id AND child.state NOT IN ('completed', 'failed', 'cancelled'))
      AND NOT EXISTS (SELECT FROM tasks_child c JOIN tasks_agentjob parent ON parent.id = c.parent_id
                      WHERE c.job_id = job.id AND parent.state NOT IN ('completed', 'failed', 'cancelled'))
"""
"""What an open job waits for stays: a dependency, a parent, a child whose result it will read."""


OLD_KEYS = """
    SELECT id FROM tasks_idempotencykey kept
    WHERE workspace_id = %(workspace)s AND created_at < clock_timestamp() - make_interval(days => %(days)s)
      AND NOT EXISTS (SELECT FROM tasks_agentjob job WHERE job.id = ANY(kept.jobs))
"""
"""A key outlives its period with its jobs: as long as one of them is there, the key must not make it a second time."""

OLD_CONTEXTS = """
    SELECT id FROM agents_contextsnapshot kept
    WHERE workspace_id = %(workspace)s AND created_at < clock_timestamp() - make_interval(days => %(days)s)
      AND EXISTS (SELECT FROM agents_contextsnapshot newer
                  WHERE newer.agent_id = kept.agent_id AND newer.session_id = kept.session_id
                    AND newer.revision > kept.revision)
"""
"""The newest one of an agent in a session stays: from there it goes on."""

HANGING = (
    "tasks_workarchive",
    "tasks_checkpoint",
    "tasks_spending",
    "tasks_toolcall",
    "tasks_logchunk",
    "tasks_attempt",
)
"""What hangs on a job in this room; requests for approval go with it by their foreign key."""


@dataclass(frozen=True)
class Cleaned:
    """How many finished jobs of a workspace were, or would be, deleted."""

    workspace: str
    days: int
    count: int


def clean(*, dry_run: bool = False) -> list[Cleaned]:
    """Every workspace by its own retention. Run by the platform's own processes, which log in as the owner."""
    return [clean_workspace(workspace, dry_run=dry_run) for workspace in Workspace.objects.all()]


def clean_workspace(workspace: Workspace, *, days: int | None = None, dry_run: bool = False) -> Cleaned:
    """Delete in batches, each a short transaction, and leave one event that tells the count."""
    days = days or workspace.retention_days or settings.INTERLOCK.task_retention_days
    if dry_run:
        return Cleaned(workspace.slug, days, _count(workspace.id, days))
    _delete_receipts(workspace.id, days)
    count = 0
    while deleted := _delete_batch(workspace.id, days):
        count += deleted
    keys = 0
    while deleted := _delete_some("tasks_idempotencykey", OLD_KEYS, workspace.id, days):
        keys += deleted
    while _delete_some("agents_contextsnapshot", OLD_CONTEXTS, workspace.id, days):
        pass
    if count or keys:
        _tell(workspace.id, days, count, keys)
    return Cleaned(workspace.slug, days, count)


def clean_events() -> int:
    """Drop what the audit log has kept long enough."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM tasks_event WHERE at < clock_timestamp() - make_interval(days => %s)", [EVENT_DAYS])
        return cursor.rowcount


def clean_samples() -> int:
    """Drop looks at machines that nobody asks for any more."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM tasks_resourcesample WHERE at < clock_timestamp() - make_interval(days => %s)", [SAMPLE_DAYS]
        )
        return int(cursor.rowcount)


def _count(workspace: UUID, days: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({OLD}) AS old", {"workspace": workspace, "days": days})
        return int(cursor.fetchone()[0])


def _delete_batch(workspace: UUID, days: int) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"{OLD} ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED",
            {"workspace": workspace, "days": days, "limit": BATCH},
        )
        jobs = [row[0] for row in cursor.fetchall()]
        if not jobs:
            return 0
        for table in HANGING:
            cursor.execute(f"DELETE FROM {table} WHERE job_id = ANY(%s)", [jobs])
        cursor.execute(
            "DELETE FROM tasks_dependency WHERE job_id = ANY(%(j)s) OR requires_id = ANY(%(j)s)", {"j": jobs}
        )
        cursor.execute("DELETE FROM tasks_child WHERE job_id = ANY(%(j)s) OR parent_id = ANY(%(j)s)", {"j": jobs})
        cursor.execute("DELETE FROM tasks_agentjob WHERE id = ANY(%s)", [jobs])
        return len(jobs)


def _delete_receipts(workspace: UUID, days: int) -> None:
    """Before the jobs that they speak of."""
    limit = Now() - timedelta(days=days)
    for model in (Cancellation, QueueChange):
        model.objects.in_workspace(workspace).filter(created_at__lt=limit).delete()


def _delete_some(table: str, old: str, workspace: UUID, days: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {table} WHERE id IN ({old} LIMIT %(limit)s FOR UPDATE SKIP LOCKED)",
            {"workspace": workspace, "days": days, "limit": BATCH},
        )
        return cursor.rowcount


def _tell(workspace: UUID, days: int, count: int, keys: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tasks_event (workspace_id, kind, before, after, actor, reason, worker, data) "
            "VALUES (%s, 'RetentionRun', '', '', 'housekeeping', '', '', "
            "jsonb_build_object('days', %s, 'count', %s, 'keys', %s))",
            [workspace, days, count, keys],
        )
