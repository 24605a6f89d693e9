"""The rows that a run writes, each under its epoch: after the lease is lost they change nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from agents.ids import new_id
from agents.json_text import json_text
from agents.runtimes.base import Progress
from tasks.models.call import CallState
from tasks.transitions import IN_STATE, Claim

RUNS = f"""
    SELECT id, workspace_id, session_id, attempt, worker_id FROM tasks_agentjob
    WHERE id = given.job AND epoch = given.under AND {IN_STATE} 'running' LIMIT 1
"""
"""The job of a note, if its epoch holds. As a subquery with a limit it is looked up by its id, note by note: joined
freely, the planner, who does not know how many notes there are, reads the whole table for a few."""


@dataclass(frozen=True)
class LogLine:
    stream: str
    text: str
    at: datetime


@dataclass
class CallRecord:
    """One tool call as far as it has come, which its gate brings up to date. `attempt` is that of the record where an
    earlier one is gone on with."""

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
    attempt: int | None = None
    digest: str = ""
    outcome: str = ""
    why: str = ""
    asks: int = 0


@dataclass(frozen=True)
class Notes:
    """What one attempt has to write down."""

    claim: Claim
    lines: list[LogLine]
    calls: list[CallRecord]
    progress: Progress | None = None


def write(notes: Sequence[Notes]) -> None:
    """The notes of several attempts in as few statements; where an epoch does not hold any more, nothing."""
    if lines := [(note.claim, line) for note in notes for line in note.lines]:
        write_lines(lines)
    if calls := [(note.claim, call) for note in notes for call in note.calls]:
        write_calls(calls)
    for note in notes:
        if note.progress is not None:
            write_progress(note.claim, note.progress)


def write_lines(lines: Sequence[tuple[Claim, LogLine]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO tasks_logchunk (workspace_id, job_id, attempt, stream, text, at)
            SELECT job.workspace_id, job.id, job.attempt, given.stream, given.text, given.at
            FROM unnest(%(jobs)s::uuid[], %(epochs)s::int[], %(streams)s::text[], %(texts)s::text[],
                        %(ats)s::timestamptz[]) WITH ORDINALITY AS given (job, under, stream, text, at, place)
            JOIN LATERAL ({RUNS}) job ON true
            ORDER BY given.place
            """,
            {
                "jobs": [claim.id for claim, _ in lines],
                "epochs": [claim.epoch for claim, _ in lines],
                "streams": [line.stream for _, line in lines],
                "texts": [line.text for _, line in lines],
                "ats": [line.at for _, line in lines],
            },
        )


def write_calls(calls: Sequence[tuple[Claim, CallRecord]]) -> int:
    """Write or bring up to date; a call that has ended gets its event. Returns how many still held their epoch."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH held AS (
                SELECT given.*, job.workspace_id, job.session_id, coalesce(given.made_in, job.attempt) AS attempt,
                       job.worker_id
                FROM jsonb_to_recordset(%(calls)s::jsonb) AS given (
                    id uuid, job uuid, under int, index int, tool text, arguments jsonb, effect text, verdict text,
                    rule text, state text, result jsonb, error text, seconds float, made_in int, digest text,
                    outcome text, why text, asks int)
                JOIN LATERAL ({RUNS}) job ON true
            ), told AS (
                INSERT INTO tasks_event (workspace_id, session_id, job_id, kind, before, after, actor, reason, worker,
                                         epoch, data)
                SELECT workspace_id, session_id, job, 'ToolCalled', '', '', 'worker:' || worker_id, '', worker_id,
                       under, jsonb_build_object('tool', tool, 'index', index, 'verdict', verdict, 'effect', effect,
                                          'state', state, 'seconds', seconds)
                FROM held WHERE state NOT IN ('began', 'asked', 'waits')
            )
            INSERT INTO tasks_toolcall (id, workspace_id, job_id, attempt, epoch, index, tool, arguments, effect,
                                        verdict, rule, state, result, error, seconds, digest, outcome, why, asks,
                                        ended_at)
            SELECT id, workspace_id, job, attempt, under, index, tool, arguments, effect, verdict, rule,
                   state, result, error, seconds, digest, outcome, why, asks,
                   CASE WHEN state NOT IN ('began', 'asked', 'waits') THEN clock_timestamp() END
            FROM held
            ON CONFLICT (job_id, attempt, index) DO UPDATE
            SET state = excluded.state, result = excluded.result, error = excluded.error,
                seconds = excluded.seconds, ended_at = excluded.ended_at, arguments = excluded.arguments,
                effect = excluded.effect, verdict = excluded.verdict, rule = excluded.rule, epoch = excluded.epoch,
                outcome = excluded.outcome, why = excluded.why, asks = excluded.asks,
                decided_at = CASE WHEN excluded.state <> 'asked' THEN tasks_toolcall.decided_at END,
                decided_by = CASE WHEN excluded.state <> 'asked' THEN tasks_toolcall.decided_by ELSE '' END
            """,
            {
                "calls": json_text(
                    [{"id": new_id(), "job": claim.id, "under": claim.epoch, **_columns(call)} for claim, call in calls]
                )
            },
        )
        return cursor.rowcount


def _columns(call: CallRecord) -> dict[str, Any]:
    columns = dict(call.__dict__)
    return columns | {"made_in": columns.pop("attempt")}


def write_progress(claim: Claim, progress: Progress) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE tasks_agentjob SET progress_percent = %(percent)s, progress_message = %(message)s
            WHERE id = %(job)s AND epoch = %(epoch)s AND state = 'running'
            """,
            {
                "job": claim.id,
                "epoch": claim.epoch,
                "percent": progress.percent,
                "message": progress.message[:500],
            },
        )
