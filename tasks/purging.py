"""Results whose own time is over are deleted; their jobs stay, and say so.

With the result go what the job's calls gave and what it printed, which may be the same.
"""

from __future__ import annotations

from django.db import connection, transaction

BATCH = 1000
DUE = """
    SELECT id FROM tasks_agentjob job
    WHERE result_ttl_seconds IS NOT NULL AND result_purged_at IS NULL AND state IN ('completed', 'failed', 'cancelled')
      AND completed_at + make_interval(secs => result_ttl_seconds) <= clock_timestamp()
      AND NOT EXISTS (SELECT FROM tasks_child child JOIN tasks_agentjob parent ON parent.id = child.parent_id
                      WHERE child.job_id = job.id AND parent.state NOT IN ('completed', 'failed', 'cancelled'))
    ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
"""
"""Not those that an open parent may still read."""


def purge_results() -> int:
    """Delete what is due, in batches, each a short transaction; returns of how many jobs. Called as the owner."""
    count = 0
    while purged := _purge_batch():
        count += purged
    return count


def _purge_batch() -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(DUE, [BATCH])
        jobs = [row[0] for row in cursor.fetchall()]
        if jobs:
            cursor.execute(
                "UPDATE tasks_agentjob SET result = NULL, result_purged_at = clock_timestamp() WHERE id = ANY(%s)",
                [jobs],
            )
            cursor.execute("UPDATE tasks_toolcall SET result = NULL WHERE job_id = ANY(%s)", [jobs])
            cursor.execute("DELETE FROM tasks_logchunk WHERE job_id = ANY(%s)", [jobs])
    return len(jobs)
