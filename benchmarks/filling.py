"""Many jobs at once by SQL, as if they had been submitted long ago: for measurements over a deep table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg

FILL = """
    INSERT INTO tasks_agentjob (
        id, workspace_id, session_id, type, agent_type, key, title, description, runtime, work, data, tool, arguments,
        files, tags, metadata, isolation, requires, kind, joins_runs, spec, submitted_by_kind, submitted_by_id,
        submitted_by_label, policy_verdict, policy_rule, redacted_fields, priority, rank, on_dependency_failure,
        timeout_ms, max_attempts, state, version, queued_at, started_at, completed_at, progress_message,
        cancel_requested_by, cancel_reason, epoch, handed_to, charged_cost, charged_level, worker_id, attempt, failures,
        interruptions, error_code, error_kind, error_message, created_at)
    SELECT
        (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(random, 1, 3) || '8'
         || substr(random, 4, 15))::uuid,
        workspace_id, session.id, 'execute-task', 'dev', '', 'Job ' || n, '', 'plan', '{"steps": []}', '{}', 'echo',
        '{}', '{}', CASE WHEN n %% 10 = 0 THEN '{nightly}'::text[] ELSE '{}' END, '{}', '', '', 'plan:echo',
        %(joins_runs)s, '{}', 'user', '1', 'bench', 'ALLOW', '', '{}', level, extract(epoch FROM at) + 900 * level,
        'fail', 300000, 3, %(state)s, 3, at, CASE WHEN %(over)s THEN at END, CASE WHEN %(over)s THEN at END, '', '', '',
        2, '', 1, 1, '', CASE WHEN %(over)s THEN 1 ELSE 0 END, 0, 0, '', '', '', at
    FROM generate_series(1, %(count)s) AS n
    CROSS JOIN LATERAL (
        SELECT clock_timestamp() - make_interval(secs => (%(count)s - n) * %(apart)s) AS at,
               (n + n / %(of)s) %% 5 AS level, md5(gen_random_uuid()::text) AS random
    ) AS made
    JOIN unnest(%(sessions)s::uuid[]) WITH ORDINALITY AS named (session_id, place) ON place = 1 + n %% %(of)s
    JOIN agents_session session ON session.id = session_id
"""


def open_sessions(connection: psycopg.Connection[Any], count: int) -> list[UUID]:
    """So many new sessions of the first workspace, called deep-1, deep-2 …"""
    opened = connection.execute(
        "INSERT INTO agents_session (id, workspace_id, name, weight, opened_by) SELECT gen_random_uuid(), "
        "(SELECT id FROM agents_workspace LIMIT 1), 'deep-' || n, 1, 'bench' FROM generate_series(1, %s) AS n "
        "RETURNING id",
        [count],
    )
    return [row[0] for row in opened]


def fill(
    connection: psycopg.Connection[Any],
    sessions: Sequence[UUID],
    count: int,
    *,
    state: str = "queued",
    apart: float = 0.0,
    joins_runs: bool = False,
) -> None:
    """So many jobs, dealt out over the sessions and all priorities, `apart` seconds between one and the next."""
    connection.execute(
        FILL,
        {
            "sessions": list(sessions),
            "of": len(sessions),
            "count": count,
            "state": state,
            "over": state == "completed",
            "apart": apart,
            "joins_runs": joins_runs,
        },
    )


@contextmanager
def without_events(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """What is filled inside has no events, and may begin in any state; afterwards the table is as after a vacuum."""
    connection.execute("ALTER TABLE tasks_agentjob DISABLE TRIGGER USER")
    yield
    connection.execute("ALTER TABLE tasks_agentjob ENABLE TRIGGER USER")
    connection.execute("VACUUM ANALYZE tasks_agentjob")
