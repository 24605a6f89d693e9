"""Out of running, by who runs it: under the epoch of its claim, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from agents.arrays import array
from agents.json_text import json_text
from agents.runtimes.failure import Failure
from agents.sandbox.base import Usage
from tasks.models import Attempt
from tasks.models.attempt import Outcome
from tasks.states import State
from tasks.transitions.claiming import Claim
from tasks.transitions.statements import IN_STATE, LOCKED, SAID

CRASHES_ALLOWED = 1


@dataclass(frozen=True)
class Completed:
    """A claim that ended well, with its JSON result, what it used, and how many seconds it took."""

    claim: Claim
    result: Any
    usage: Usage
    seconds: float


def complete(ended: Sequence[Completed]) -> int:
    """These ended well; all of a run in one statement. Returns how many of them still held their epoch."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH said AS ({SAID}), locked AS ({LOCKED}), given AS (
                SELECT * FROM jsonb_to_recordset(%(ended)s::jsonb)
                    AS given (job uuid, under int, outcome jsonb, cpu float, rss float, seconds float)
            ), gone AS (
                UPDATE tasks_agentjob
                SET state = 'completed', result = given.outcome, cpu_seconds = given.cpu, max_rss_mb = given.rss,
                    charged_cost = given.seconds, error_code = '', error_kind = '', error_message = '',
                    progress_percent = 100
                FROM said, given, (SELECT count(*) FROM locked) AS all_locked
                WHERE said.actor IS NOT NULL AND id = given.job AND {IN_STATE} 'running' AND epoch = given.under
                RETURNING given.job, given.under, given.cpu, given.rss, given.seconds
            ), ended AS (
                UPDATE tasks_attempt attempt
                SET ended_at = clock_timestamp(), outcome = 'completed', cost = gone.seconds, cpu_seconds = gone.cpu,
                    max_rss_mb = gone.rss
                FROM gone WHERE attempt.job_id = gone.job AND attempt.epoch = gone.under
            )
            SELECT count(*) FROM gone
            """,
            {
                "actor": f"worker:{ended[0].claim.worker}",
                "reason": "",
                "jobs": array([each.claim.id for each in ended]),
                "ended": json_text(
                    [
                        {
                            "job": each.claim.id,
                            "under": each.claim.epoch,
                            "outcome": each.result,
                            "cpu": each.usage.cpu_seconds,
                            "rss": each.usage.max_rss_mb,
                            "seconds": each.seconds,
                        }
                        for each in ended
                    ]
                ),
            },
        )
        return int(cursor.fetchone()[0])


def lock(claims: Iterable[Claim]) -> None:
    """Lock the jobs of these claims; for a transaction that will change them one by one."""
    with connection.cursor() as cursor:
        cursor.execute(LOCKED, {"jobs": [claim.id for claim in claims]})


def retry_later(claim: Claim, failure: Failure, delay: float, usage: Usage) -> bool:
    """The attempt failed and counts; the job is queued again after a delay, which is a date in its row."""
    job = _error(failure, str(failure.kind)) | {"failures": claim.failures + 1, "available_in": delay}
    reason = f"try {claim.failures + 1} of {claim.max_attempts} failed; again in {delay:.1f} s"
    outcome = _outcome(failure)
    return _leave(claim, State.QUEUED, outcome, job=job, failure=failure, charged=True, usage=usage, reason=reason)


def fail(claim: Claim, failure: Failure, kind: str, usage: Usage) -> bool:
    """The attempt failed and there is no other; `kind` says why there is none. What it had so far is the result."""
    job = _error(failure, kind) | {"failures": claim.failures + 1}
    if "partial" in failure.data:
        job["result"] = json_text(failure.data["partial"])
    outcome, reason = _outcome(failure), failure.message
    return _leave(claim, State.FAILED, outcome, job=job, failure=failure, charged=True, usage=usage, reason=reason)


def stop(claim: Claim, usage: Usage, reason: str, *, killed: bool = False) -> bool:
    """It was cancelled while it ran, and is gone now; `killed` where it did not go by itself."""
    outcome = Outcome.KILLED if killed else Outcome.CANCELLED
    return _leave(claim, State.CANCELLED, outcome, usage=usage, reason=reason)


def hand_back(claim: Claim, usage: Usage, reason: str) -> bool:
    """This worker cannot go on with it; another may, and nothing is charged."""
    return _leave(claim, State.QUEUED, Outcome.HANDED_BACK, usage=usage, reason=reason)


def suspend(claim: Claim, usage: Usage, reason: str) -> bool:
    """It waits for somebody's decision, and holds nothing meanwhile; nothing is charged."""
    return _leave(claim, State.SUSPENDED, Outcome.SUSPENDED, usage=usage, reason=reason)


def crash(claim: Claim, failure: Failure, *, alone: bool) -> bool:
    """The process that ran it died. Where it ran this job alone the job is charged; the second time ends it.

    One of several in a run is not charged, and runs alone from now on.
    """
    interruptions = claim.interruptions + int(alone)
    job = _error(failure, "crashed") | {"interruptions": interruptions, "joins_runs": False}
    state = State.FAILED if interruptions > CRASHES_ALLOWED else State.QUEUED
    outcome, reason = Outcome.CRASHED, failure.message
    return _leave(claim, state, outcome, job=job, failure=failure, charged=alone, usage=Usage(), reason=reason)


def _leave(
    claim: Claim,
    state: State,
    outcome: Outcome,
    *,
    usage: Usage,
    job: dict[str, Any] | None = None,
    failure: Failure | None = None,
    charged: bool = False,
    reason: str = "",
) -> bool:
    """Take the job out of `running` and end its attempt, in one statement, if the claim's epoch still holds.

    One that was to be queued again, and that somebody meanwhile asked to stop, is cancelled: it must not start anew.
    """
    columns = dict(job or {})
    delay = columns.pop("available_in", None)
    sets = "".join(f", {name} = %(job_{name})s" for name in columns)
    if delay is not None:
        sets += ", available_at = clock_timestamp() + make_interval(secs => %(delay)s)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH said AS ({SAID}), gone AS (
                UPDATE tasks_agentjob
                SET state = CASE WHEN %(state)s IN ('queued', 'suspended') AND cancel_requested_at IS NOT NULL
                                 THEN 'cancelled' ELSE %(state)s END,
                    cpu_seconds = %(cpu_seconds)s, max_rss_mb = %(max_rss_mb)s {sets}
                FROM said
                WHERE said.actor IS NOT NULL AND id = %(id)s AND {IN_STATE} 'running' AND epoch = %(epoch)s
                RETURNING id
            ), ended AS (
                UPDATE {Attempt._meta.db_table} attempt
                SET ended_at = clock_timestamp(), outcome = %(outcome)s, charged = %(charged)s,
                    error_code = %(error_code)s, error_kind = %(error_kind)s, error_message = %(error_message)s,
                    cost = extract(epoch FROM clock_timestamp() - attempt.started_at),
                    cpu_seconds = %(cpu_seconds)s, max_rss_mb = %(max_rss_mb)s
                FROM gone WHERE attempt.job_id = gone.id AND attempt.epoch = %(epoch)s
            )
            SELECT count(*) FROM gone
            """,
            {
                "actor": f"worker:{claim.worker}",
                "reason": reason[:500],
                "id": claim.id,
                "epoch": claim.epoch,
                "state": state.value,
                "outcome": outcome.value,
                "charged": charged,
                "error_code": failure.code if failure else "",
                "error_kind": str(failure.kind) if failure else "",
                "error_message": failure.message if failure else "",
                "cpu_seconds": usage.cpu_seconds,
                "max_rss_mb": usage.max_rss_mb,
                "delay": delay,
            }
            | {f"job_{name}": value for name, value in columns.items()},
        )
        return cursor.fetchone()[0] == 1


def _error(failure: Failure, kind: str) -> dict[str, Any]:
    return {"error_code": failure.code, "error_kind": kind, "error_message": failure.message}


def _outcome(failure: Failure) -> Outcome:
    return Outcome.TIMED_OUT if failure.kind == "timed_out" else Outcome.FAILED
