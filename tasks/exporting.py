"""The whole state of the queue as one JSON document: what is there, what limits it, and every job that is not over.

All of it is one statement and so one moment. Called in the reader's tenancy, which says whose it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from tempfile import SpooledTemporaryFile
from typing import IO

from django.db import connection

FORMAT, VERSION = "interlock-queue", 1
IN_MEMORY = 4 << 20  # bytes; a longer document is kept in a file until it is sent
ROWS = 2000
_numbers = count(1)

EVERYTHING = """
    SELECT 'workspaces', json_build_object(
        'slug', slug, 'name', name, 'weight', weight, 'max_running', max_running,
        'max_running_per_session', max_running_per_session, 'paused_at', paused_at)::text
    FROM agents_workspace
    UNION ALL
    SELECT 'projects', json_build_object(
        'id', project.id, 'workspace', workspace.slug, 'slug', project.slug, 'max_running', project.max_running,
        'paused_at', project.paused_at)::text
    FROM agents_project project JOIN agents_workspace workspace ON workspace.id = project.workspace_id
    UNION ALL
    SELECT 'sessions', json_build_object(
        'id', session.id, 'workspace', workspace.slug, 'name', session.name, 'weight', session.weight,
        'max_running', session.max_running, 'paused_at', session.paused_at, 'closed_at', session.closed_at)::text
    FROM agents_session session JOIN agents_workspace workspace ON workspace.id = session.workspace_id
    WHERE EXISTS (SELECT FROM tasks_agentjob WHERE session_id = session.id
                  AND state IN ('pending_approval', 'blocked', 'queued', 'running', 'suspended'))
    UNION ALL
    SELECT 'workers', json_build_object(
        'id', id, 'name', name, 'slots', slots, 'capabilities', capabilities, 'memory_mb', memory_mb,
        'draining', stopping_at IS NOT NULL, 'heartbeat_at', heartbeat_at)::text
    FROM tasks_worker WHERE stopped_at IS NULL AND lease_until > clock_timestamp()
    UNION ALL
    SELECT 'jobs', json_build_object(
        'id', job.id, 'workspace', workspace.slug, 'session', job.session_id, 'project', job.project_id,
        'type', job.type, 'kind', job.kind, 'title', job.title, 'key', job.key, 'tags', job.tags, 'files', job.files,
        'state', job.state, 'state_since', job.state_since, 'version', job.version,
        'priority', 'P' || job.priority, 'inherited', 'P' || job.inherited, 'rank', job.rank, 'pinned', job.pinned,
        'override', job.override, 'requires', job.requires, 'created_at', job.created_at, 'queued_at', job.queued_at,
        'available_at', job.available_at, 'deadline', job.deadline, 'started_at', job.started_at,
        'epoch', job.epoch, 'attempt', job.attempt, 'failures', job.failures, 'interruptions', job.interruptions,
        'handed_to', nullif(job.handed_to, ''), 'worker', nullif(job.worker_id, ''), 'lease_until', job.lease_until,
        'cancel_requested_at', job.cancel_requested_at,
        'depends_on', (SELECT coalesce(json_agg(requires_id), '[]') FROM tasks_dependency WHERE job_id = job.id))::text
    FROM tasks_agentjob job JOIN agents_workspace workspace ON workspace.id = job.workspace_id
    WHERE job.state IN ('pending_approval', 'blocked', 'queued', 'running', 'suspended')
"""
SECTIONS = ("workspaces", "projects", "sessions", "workers", "jobs")


def write() -> IO[bytes]:
    """The document in a temporary file, at its beginning; whoever reads it closes it."""
    document = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the reader's
    with _rows() as rows, SpooledTemporaryFile(max_size=IN_MEMORY) as jobs:
        few: dict[str, list[str]] = {name: [] for name in SECTIONS}
        exported_at = next(rows)[1]
        jobs_written = 0
        for section, text in rows:
            if section == "jobs":
                jobs.write((",\n" if jobs_written else "").encode() + text.encode())
                jobs_written += 1
            else:
                few[section].append(text)
        head = {"format": FORMAT, "version": VERSION, "exported_at": json.loads(exported_at)}
        document.write(json.dumps(head)[:-1].encode())
        for section in SECTIONS[:-1]:
            document.write(f',\n"{section}": [{",".join(few[section])}]'.encode())
        document.write(b',\n"jobs": [')
        jobs.seek(0)
        while chunk := jobs.read(1 << 20):
            document.write(chunk)
        document.write(b"]}\n")
    document.seek(0)
    return document


@contextmanager
def _rows() -> Iterator[Iterator[tuple[str, str]]]:
    """The rows as the server gives them, some at a time; the first is the time of the export."""
    name = f"export_{next(_numbers)}"

    def read() -> Iterator[tuple[str, str]]:
        with connection.cursor() as cursor:
            while True:
                cursor.execute(f"FETCH {ROWS} FROM {name}")
                rows = cursor.fetchall()
                yield from rows
                if len(rows) < ROWS:
                    return

    with connection.cursor() as cursor:
        now = "SELECT 'exported_at', to_json(clock_timestamp())::text"
        cursor.execute(f"DECLARE {name} NO SCROLL CURSOR FOR {now} UNION ALL {EVERYTHING}")
    try:
        yield read()
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"CLOSE {name}")
