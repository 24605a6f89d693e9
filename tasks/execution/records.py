"""The rows that a run writes, each under its epoch: after the lease is lost they change nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from agents.ids import new_id
from agents.runtimes.base import Progress
from tasks.models.call import CallState
from tasks.transitions import Claim

HOLDS = "EXISTS (SELECT FROM tasks_agentjob WHERE id = %(job)s AND epoch = %(epoch)s AND state = 'running')"


@dataclass(frozen=True)
class LogLine:
    stream: str
    text: str
    at: datetime


@dataclass(frozen=True)
class CallRecord:
    """One tool call as far as it has come."""

    index: int
    tool: str
    arguments: dict[str, Any]
    effect: str
    verdict: str
    rule: str
    state: CallState
    result: Any = None
    error: str = ""
    seconds: float | None = None


@dataclass(frozen=True)
class Notes:
    """What is written together."""

    claim: Claim
    lines: list[LogLine]
    calls: list[CallRecord]
    progress: Progress | None

    def write(self) -> None:
        if self.lines:
            write_lines(self.claim, self.lines)
        if self.calls:
            write_calls(self.claim, self.calls)
        if self.progress is not None:
            write_progress(self.claim, self.progress)


def write_lines(claim: Claim, lines: Sequence[LogLine]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO tasks_logchunk (workspace_id, job_id, attempt, stream, text, at)
            SELECT %(workspace)s, %(job)s, %(attempt)s, line.stream, line.text, line.at
            FROM unnest(%(streams)s::text[], %(texts)s::text[], %(ats)s::timestamptz[]) AS line (stream, text, at)
            WHERE {HOLDS}
            """,
            _fence(claim)
            | {
                "streams": [line.stream for line in lines],
                "texts": [line.text for line in lines],
                "ats": [line.at for line in lines],
            },
        )


def write_calls(claim: Claim, calls: Sequence[CallRecord]) -> None:
    """Write or bring up to date; a call that has ended gets its event."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH given AS (
                SELECT * FROM jsonb_to_recordset(%(calls)s::jsonb) AS call (
                    id uuid, index int, tool text, arguments jsonb, effect text, verdict text, rule text, state text,
                    result jsonb, error text, seconds float)
                WHERE {HOLDS}
            ), told AS (
                INSERT INTO tasks_event (workspace_id, session_id, job_id, kind, before, after, actor, reason, worker,
                                         epoch, data)
                SELECT %(workspace)s, %(session)s, %(job)s, 'ToolCalled', '', '', 'worker:' || %(worker)s, '',
                       %(worker)s, %(epoch)s, jsonb_build_object('tool', tool, 'index', index, 'verdict', verdict,
                                                     'effect', effect, 'state', state, 'seconds', seconds)
                FROM given WHERE state <> 'began'
            )
            INSERT INTO tasks_toolcall (id, workspace_id, job_id, attempt, epoch, index, tool, arguments, effect,
                                        verdict, rule, state, result, error, seconds, ended_at)
            SELECT id, %(workspace)s, %(job)s, %(attempt)s, %(epoch)s, index, tool, arguments, effect, verdict, rule,
                   state, result, error, seconds, CASE WHEN state <> 'began' THEN clock_timestamp() END
            FROM given
            ON CONFLICT (job_id, attempt, index) DO UPDATE
            SET state = excluded.state, result = excluded.result, error = excluded.error,
                seconds = excluded.seconds, ended_at = excluded.ended_at
            """,
            _fence(claim)
            | {
                "session": claim.session_id,
                "worker": claim.worker,
                "calls": json.dumps([{"id": str(new_id()), **call.__dict__} for call in calls]),
            },
        )


def write_progress(claim: Claim, progress: Progress) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE tasks_agentjob SET progress_percent = %(percent)s, progress_message = %(message)s
            WHERE id = %(job)s AND epoch = %(epoch)s AND state = 'running'
            """,
            _fence(claim) | {"percent": progress.percent, "message": progress.message[:500]},
        )


def _fence(claim: Claim) -> dict[str, Any]:
    return {
        "workspace": claim.workspace_id,
        "job": claim.id,
        "attempt": claim.attempt,
        "epoch": claim.epoch,
    }
