"""Out of running, by others: what a worker lost is taken from it."""

from __future__ import annotations

from uuid import UUID

from django.db import connection

from tasks.transitions.statements import SAID


def recover_lost_leases() -> list[UUID]:
    """Take every job whose lease ran out from its worker: queued again uncharged, or cancelled if that was asked."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH said AS ({SAID}), lost AS (
                SELECT id, epoch FROM tasks_agentjob WHERE state = 'running' AND lease_until <= clock_timestamp()
                FOR UPDATE SKIP LOCKED
            ), taken AS (
                UPDATE tasks_agentjob job
                SET state = CASE WHEN cancel_requested_at IS NULL THEN 'queued' ELSE 'cancelled' END
                FROM lost, said
                WHERE said.actor IS NOT NULL AND job.id = lost.id AND job.state = 'running'
                RETURNING job.id, lost.epoch AS was
            ), ended AS (
                UPDATE tasks_attempt attempt
                SET ended_at = clock_timestamp(), outcome = 'lease_lost',
                    cost = extract(epoch FROM clock_timestamp() - attempt.started_at)
                FROM taken WHERE attempt.job_id = taken.id AND attempt.epoch = taken.was
            )
            SELECT id FROM taken
            """,
            {"actor": "dispatcher", "reason": "the lease of its worker ran out"},
        )
        return [row[0] for row in cursor.fetchall()]


def take_back_without_attempt() -> list[UUID]:
    """Take every job that is called running and has not one open attempt under its epoch from its worker; uncharged."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH said AS ({SAID}), lost AS (
                SELECT id FROM tasks_agentjob job WHERE state = 'running' AND 1 <> (
                    SELECT count(*) FROM tasks_attempt attempt
                    WHERE attempt.job_id = job.id AND attempt.epoch = job.epoch AND attempt.ended_at IS NULL)
                FOR UPDATE SKIP LOCKED
            )
            UPDATE tasks_agentjob job
            SET state = CASE WHEN cancel_requested_at IS NULL THEN 'queued' ELSE 'cancelled' END
            FROM lost, said WHERE said.actor IS NOT NULL AND job.id = lost.id AND job.state = 'running'
            RETURNING job.id
            """,
            {"actor": "dispatcher", "reason": "no attempt of it was on record"},
        )
        return [row[0] for row in cursor.fetchall()]


def end_stray_attempts() -> int:
    """End every open attempt whose job does not run under its epoch; returns how many those were."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE tasks_attempt attempt
            SET ended_at = clock_timestamp(), outcome = 'lease_lost',
                cost = extract(epoch FROM clock_timestamp() - attempt.started_at)
            FROM tasks_agentjob job
            WHERE attempt.ended_at IS NULL AND job.id = attempt.job_id
              AND (job.state <> 'running' OR attempt.epoch <> job.epoch)
            """
        )
        return int(cursor.rowcount)
