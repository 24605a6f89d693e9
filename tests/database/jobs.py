"""Jobs by plain SQL, led to a state edge by edge."""

from __future__ import annotations

from collections import deque
from typing import Any
from uuid import UUID

from django.utils import timezone

from agents.models import Session
from tasks.models import AgentJob
from tasks.states import EDGES, NEW, OVER, State
from tests.database.rows import Connection, new_workspace, put, sample

RUNS = "worker_id = 'w-1', lease_until = now() + interval '1 minute'"
"""What the database asks of a job that runs."""

BY_KIND = {
    ("running", "TaskRetried"): "failures = failures + 1",
    ("running", "TaskFailed"): "error_kind = 'permanent'",
    ("running", "TaskDeadLettered"): "error_kind = 'exhausted'",
}
"""What tells apart the kinds of an edge that has two."""


def unsaved(workspace: UUID, session: UUID, state: str = State.QUEUED, **values: Any) -> AgentJob:
    made = {"title": "Some work", "timeout_ms": 1000, "max_attempts": 3, "state": state} | values
    if state in OVER:
        made.setdefault("completed_at", timezone.now())
    return AgentJob(workspace_id=workspace, session_id=session, **made)


def new_job(connection: Connection, state: str = State.QUEUED, **values: Any) -> AgentJob:
    """A job in that state, in a workspace of its own in which the transaction then is."""
    workspace = new_workspace(connection)
    session = sample(connection, Session, workspace)
    first, *rest = way_to(state)
    job = put(connection, unsaved(workspace, session.pk, first, **values))
    for step in rest:
        move(connection, job.pk, step)
    return job


def move(connection: Connection, job: UUID, to: str, also: str = "") -> int:
    """UPDATE the state with what the row's checks ask beside it; how many rows that changed."""
    sets = ", ".join(part for part in (f"state = '{to}'", RUNS if to == State.RUNNING else "", also) if part)
    return connection.execute(f"UPDATE tasks_agentjob SET {sets} WHERE id = %s", [job]).rowcount


def way_to(state: str) -> list[str]:
    """The shortest way from nothing to the state, over legal edges."""
    ahead = deque([[to] for before, to in EDGES if before == NEW])
    while True:
        way = ahead.popleft()
        if way[-1] == state:
            return [str(step) for step in way]
        ahead.extend([*way, after] for before, after in EDGES if before == way[-1])


def row(connection: Connection, job: UUID) -> dict[str, Any]:
    found = connection.execute("SELECT * FROM tasks_agentjob WHERE id = %s", [job]).fetchone()
    assert found is not None
    return found


def events(connection: Connection, job: UUID) -> list[dict[str, Any]]:
    return connection.execute("SELECT * FROM tasks_event WHERE job_id = %s ORDER BY id", [job]).fetchall()
