"""A worker takes what was handed to it: queued → running, with an attempt and a lease."""

from __future__ import annotations

import time
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection

from agents.arrays import array
from agents.ids import new_id
from agents.json_text import json_value
from tasks.transitions.handing import Ticket
from tasks.transitions.statements import IN_STATE, LOCKED, SAID


class Claim(NamedTuple):
    """A job that this worker runs now. Every later write names its id and epoch.

    First what its row says, in the order in which it is read. `claimed_at`, of the monotonic clock, is when
    `rules_revision` was the policy's. A tuple, since as a frozen dataclass it takes ten times as long to make.
    """

    id: UUID
    workspace_id: UUID
    session_id: UUID
    project_id: UUID | None
    agent_id: UUID | None
    type: str
    runtime: str
    title: str
    work: dict[str, Any]
    data: dict[str, Any]
    timeout_ms: int
    max_attempts: int
    token_budget: int | None
    turn_budget: int | None
    cost_budget: Decimal | None
    cpu: float | None
    memory_mb: int | None
    epoch: int
    attempt: int
    failures: int
    interruptions: int
    agent_type: str
    priority: int
    tags: list[str]
    submitted_by: str
    session_name: str
    agent_name: str
    rules_revision: UUID
    worker: str
    claimed_at: float


CLAIMED_TOO = {
    "submitted_by": "submitted_by_kind || ':' || submitted_by_label",
    "session_name": "(SELECT name FROM agents_session WHERE id = session_id)",
    "agent_name": "coalesce((SELECT name FROM agents_agent WHERE id = agent_id), '')",
    "rules_revision": "(SELECT rules_revision FROM agents_workspace WHERE id = workspace_id)",
}
"""What a claim tells beyond the columns of its job."""
TOO = ", ".join(CLAIMED_TOO.values())
CLAIMED = ", ".join(Claim._fields[: Claim._fields.index(next(iter(CLAIMED_TOO)))])
WORK, DATA = Claim._fields.index("work"), Claim._fields.index("data")

HANDED_HERE = "handed_to = %(worker)s AND epoch = given.under AND handed_until > clock_timestamp()"
TICKET_HOLDS = """
    SELECT clock_timestamp() < to_timestamp(%(until)s)
       AND EXISTS (SELECT FROM tasks_leader WHERE name = 'dispatcher' AND term = %(term)s)
       AND NOT EXISTS (SELECT FROM tasks_platformstate WHERE paused_at IS NOT NULL)
       AND EXISTS (SELECT FROM agents_session session JOIN agents_workspace workspace
                   ON workspace.id = session.workspace_id
                   WHERE session.id = %(session)s AND session.paused_at IS NULL AND workspace.paused_at IS NULL)
"""
BY_TICKET = f"""
    handed_to || '' = '' AND epoch + 1 = given.under AND ({TICKET_HOLDS})
    AND session_id IS NOT DISTINCT FROM %(session)s::uuid AND (requires = '') = %(plain)s
    AND (project_id IS NULL OR NOT EXISTS (
        SELECT FROM agents_project project WHERE project.id = project_id AND project.paused_at IS NOT NULL))
"""


def _claiming(holds: str, also: str = "") -> str:
    return f"""
        WITH said AS ({SAID}), locked AS ({LOCKED}), claimed AS (
            UPDATE tasks_agentjob
            SET state = 'running', worker_id = %(worker)s, attempt = attempt + 1,
                lease_until = clock_timestamp() + make_interval(secs => %(lease)s),
                started_at = coalesce(started_at, clock_timestamp()), available_at = NULL,
                progress_percent = NULL, progress_message = '' {also}
            FROM said, (SELECT count(*) FROM locked) AS all_locked,
                 unnest(%(jobs)s::uuid[], %(epochs)s::int[], %(attempts)s::uuid[])
                       WITH ORDINALITY AS given (job, under, attempt_id, place)
            WHERE said.actor IS NOT NULL AND id = given.job AND {IN_STATE} 'queued' AND {holds}
            RETURNING {CLAIMED}, submitted_by_kind, submitted_by_label, attempt_id, place
        ), begun AS (
            INSERT INTO tasks_attempt (id, workspace_id, job_id, number, epoch, worker_id, started_at, outcome,
                                       charged, error_code, error_kind, error_message, cost)
            SELECT attempt_id, workspace_id, id, attempt, epoch, %(worker)s, clock_timestamp(), '',
                   false, '', '', '', 0 FROM claimed
        )
        SELECT {CLAIMED}, {TOO} FROM claimed ORDER BY place
    """


CLAIM = _claiming(HANDED_HERE)
CLAIM_WITH_TICKET = _claiming(
    f"CASE WHEN handed_to || '' = '' THEN {BY_TICKET} ELSE {HANDED_HERE} END",
    also="""
        , epoch = given.under, run = (%(jobs)s::uuid[])[1], charged_level = %(level)s,
        charged_cost = CASE WHEN place = 1 THEN %(cost)s ELSE 0 END
    """,
)


def claim(run: Sequence[tuple[UUID, int]], worker: str, ticket: Ticket | None = None) -> list[Claim]:
    """Take the jobs of a run to run them here, in its order.

    Only those that are still queued, and handed to this worker under this epoch by a hand-off that has not run out: it
    stands in the row, or in the ticket where the row says nothing yet. A ticket holds while nobody leads in a later
    term and nothing above the job is paused.
    """
    values: dict[str, Any] = {
        "actor": f"worker:{worker}",
        "reason": "",
        "worker": worker,
        "lease": settings.INTERLOCK.lease_seconds,
        "jobs": array([job for job, _ in run]),
        "epochs": array([epoch for _, epoch in run]),
        "attempts": array([new_id() for _ in run]),
    }
    with connection.cursor() as cursor:
        if ticket is None:
            cursor.execute(CLAIM, values)
        else:
            cursor.execute(CLAIM_WITH_TICKET, values | vars(ticket))
        return [_claim_from(row, worker) for row in cursor.fetchall()]


def claim_of(job: UUID, epoch: int) -> Claim | None:
    """The claim under which the job runs now, if that is its epoch."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT {CLAIMED}, {TOO}, worker_id FROM tasks_agentjob WHERE id = %s AND epoch = %s AND state = 'running'
            """,
            [job, epoch],
        )
        row = cursor.fetchone()
    return _claim_from(row[:-1], row[-1]) if row else None


def _claim_from(row: Sequence[Any], worker: str) -> Claim:
    values = [*row, worker, time.monotonic()]
    values[WORK], values[DATA] = json_value(row[WORK]), json_value(row[DATA])
    return Claim._make(values)
