"""The journal of tool calls across the attempts of a job: what is on record, and the answers to what was asked.

Runs read it (`Journal`); `approvals` answers through `grant`, `deny` and `ask_again`, which change a call only while it
waits for that very answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from agents.json_text import json_text, json_value
from agents.runtimes.base import Call
from agents.tools.base import Effect
from tasks.execution.ledger import in_database_async
from tasks.execution.reuse import Entry
from tasks.models.call import CallState
from tasks.transitions import Claim

READ = """
    SELECT call.id, call.attempt, call.index, call.tool, call.digest, call.effect, call.arguments, call.state,
           call.result, call.error, call.verdict, call.rule, call.outcome, call.why, call.asks, call.decided_by,
           coalesce(call.decided_at >= job.started_at, false), call.attempt > broken.number
    FROM tasks_toolcall call JOIN tasks_agentjob job ON job.id = call.job_id CROSS JOIN LATERAL (
        SELECT coalesce(max(number), 0) AS number FROM tasks_attempt
        WHERE job_id = %(job)s
          AND (outcome IN ('failed', 'timed_out', 'cancelled', 'killed') OR started_at < job.started_at)
    ) AS broken
    WHERE call.job_id = %(job)s ORDER BY call.attempt, call.index
"""
IN_DOUBT = """
    UPDATE tasks_toolcall call
    SET state = CASE call.state WHEN 'began' THEN 'unknown' ELSE 'refused' END,
        error = CASE call.state WHEN 'asked' THEN 'The run that asked ended before somebody answered.' ELSE '' END
    FROM tasks_agentjob job
    WHERE call.job_id = %(job)s AND call.state IN ('began', 'asked') AND call.epoch <> %(epoch)s
      AND job.id = call.job_id AND job.epoch = %(epoch)s AND job.state = 'running'
"""
"""Calls of runs before this one that have no end; nobody will write it any more."""


class Key(NamedTuple):
    place: int
    tool: str
    digest: str


def entries(job: UUID) -> dict[Key, Entry]:
    """The newest record of each call."""
    with connection.cursor() as cursor:
        cursor.execute(READ, {"job": job})
        found = [_entry(row) for row in cursor.fetchall()]
    return {Key(entry.index, entry.tool, entry.digest): entry for entry in found}


class Journal:
    """What earlier attempts of a job recorded. The first attempt has none, and asks nobody."""

    def __init__(self, claim: Claim) -> None:
        self._claim = claim
        self._entries: dict[Key, Entry] | None = {} if claim.attempt == 1 else None

    async def find(self, call: Call, digest: str) -> Entry | None:
        """The newest record of this very call."""
        if self._entries is None:
            self._entries = await in_database_async(self._read)
        return self._entries.get(Key(call.index, call.tool, digest))

    def _read(self) -> dict[Key, Entry]:
        with connection.cursor() as cursor:
            cursor.execute(IN_DOUBT, {"job": self._claim.id, "epoch": self._claim.epoch})
        return entries(self._claim.id)


def grant(call: UUID, ask: int, arguments: Mapping[str, Any], *, outcome: str, rule: str, by: str) -> bool:
    """Let a call that waits run with these arguments, as long as the policy's outcome stays this one."""
    return _answer(call, ask, CallState.GRANTED, dict(arguments), outcome, rule, "", by)


def deny(call: UUID, ask: int, *, sentence: str, by: str) -> bool:
    """Refuse a call that waits; the sentence is what its runtime reads."""
    return _answer(call, ask, CallState.DENIED, None, None, None, sentence, by)


def ask_again(call: UUID, ask: int, *, outcome: str, rule: str, why: str) -> bool:
    """Ask once more, under an outcome that changed since."""
    return _answer(call, ask, CallState.ASKED, None, outcome, rule, why, "")


def _answer(
    call: UUID,
    ask: int,
    answer: CallState,
    arguments: dict[str, Any] | None,
    outcome: str | None,
    rule: str | None,
    because: str,
    by: str,
) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tasks_answer_call(%s, %s, %s, %s::jsonb, %s, %s, %s, %s)",
            [
                call,
                ask,
                answer.value,
                None if arguments is None else json_text(arguments),
                outcome,
                rule,
                because,
                by,
            ],
        )
        return bool(cursor.fetchone()[0])


def _entry(row: tuple[Any, ...]) -> Entry:
    id, attempt, index, tool, digest, effect, arguments, state, result, *rest = row
    return Entry(
        id,
        attempt,
        index,
        tool,
        digest,
        Effect(effect),
        json_value(arguments),
        CallState(state),
        None if result is None else json_value(result),
        *rest,
    )
