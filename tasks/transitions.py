"""The only writer of a job's state.

Each transition is one UPDATE with its from-states in the WHERE, and under the epoch where a run writes it. No row
means that the race was lost, which is an answer and not an error: somebody else got there first. The event is
written by the database's trigger in the same transaction.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection

from agents.ids import new_id
from agents.runtimes.failure import Failure
from agents.sandbox.base import Usage
from tasks.models import Attempt
from tasks.models.attempt import Outcome
from tasks.spec.choices import JobType
from tasks.states import State

CRASHES_ALLOWED = 1
SAID = """
    SELECT set_config('interlock.actor', %(actor)s, true) AS actor, set_config('interlock.reason', %(reason)s, true)
"""
"""Tells the trigger who acts and why, in the statement itself: one round trip, and gone with its transaction."""
LOCKED = "SELECT id AS locked_id FROM tasks_agentjob WHERE id = ANY(%(jobs)s) ORDER BY id FOR NO KEY UPDATE"
"""Who changes many jobs locks them in one order first, so that two such statements wait for each other and no more."""

IN_STATE = "state || '' ="
"""Asks for the state of a row that its id has found. Written so, no index on that state alone tempts the planner: one
that holds the whole backlog, or the dead entries of all that ran lately."""

SAME_SESSION = "job.session_id IS NOT DISTINCT FROM"
"""Likewise: written as an equation it would tempt the planner to walk through the session."""

LEADS = """
    EXISTS (SELECT FROM tasks_leader WHERE name = 'dispatcher' AND holder = %(leader)s AND term = %(term)s
            AND until > clock_timestamp())
"""
"""What every dispatch statement asks: one who led, froze and woke must change nothing under who leads now."""


@dataclass(frozen=True)
class HandOff:
    """A job for one worker, under the epoch that it was read with, and what the fairness clock was charged.

    `run` is the first job of the run that shares the slot: the job itself where it has the slot alone. What a
    notification told of the job is held against its row: its session, and that it is `plain`, without requirements.
    """

    job: UUID
    epoch: int
    worker: str
    run: UUID
    cost: float
    level: int
    session: UUID
    plain: bool
    type: str = JobType.EXECUTE_TASK
    priority: int = 1

    @property
    def run_epoch(self) -> int:
        """Under which it is claimed and runs."""
        return self.epoch + 1


@dataclass(frozen=True)
class Ticket:
    """A hand-off that is not in the rows: the message itself says that it holds, in the term of who sent it and until
    that time of the database's clock. The leader writes it into the rows only where it is not taken at once.

    `cost` is what the run's first job was charged; `session` and `plain` are as in its hand-offs.
    """

    term: int
    until: float
    session: UUID
    plain: bool
    cost: float
    level: int


@dataclass(frozen=True)
class Claim:
    """A job that this worker runs now. Every later write names its id and epoch.

    `claimed_at`, of the monotonic clock, is when `rules_revision` was the policy's.
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
    rules_revision: UUID
    worker: str
    agent_type: str = ""
    priority: int = 1
    tags: list[str] = field(default_factory=list)
    submitted_by: str = ""
    session_name: str = ""
    agent_name: str = ""
    claimed_at: float = field(default_factory=time.monotonic)


CLAIMED = (
    "id, workspace_id, session_id, project_id, agent_id, type, runtime, title, work, data, timeout_ms, max_attempts, "
    "token_budget, turn_budget, cost_budget, cpu, memory_mb, epoch, attempt, failures, interruptions, agent_type, "
    "priority, tags"
)
CLAIMED_TOO = {
    "submitted_by": "submitted_by_kind || ':' || submitted_by_label",
    "session_name": "(SELECT name FROM agents_session WHERE id = session_id)",
    "agent_name": "coalesce((SELECT name FROM agents_agent WHERE id = agent_id), '')",
    "rules_revision": "(SELECT rules_revision FROM agents_workspace WHERE id = workspace_id)",
}
"""What a claim tells beyond the columns of its job."""
TOO = ", ".join(CLAIMED_TOO.values())

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
            FROM said, unnest(%(jobs)s::uuid[], %(epochs)s::int[], %(attempts)s::uuid[])
                       WITH ORDINALITY AS given (job, under, attempt_id, place) JOIN locked ON locked_id = job
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


@dataclass(frozen=True)
class HandedOff:
    """A job whose row says that it is reserved for a worker, and under which epoch."""

    job: UUID
    epoch: int
    worker: str
    run: UUID


def hand_off(starts: Sequence[HandOff], *, leader: str, term: int) -> list[HandedOff]:
    """Write into each job's row for whom it is reserved, and raise its epoch; returns those that were still free, in
    the order of `starts`.

    Nothing happens unless `leader` still leads in `term`. The commit does not wait for the disk: a hand-off that a
    crash of the server forgets makes its message void, and the claim, which waits, brings the hand-off to disk too.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH lazily AS (SELECT set_config('synchronous_commit', 'off', true) AS set), locked AS ({LOCKED})
            UPDATE tasks_agentjob job
            SET handed_to = given.worker, handed_until = clock_timestamp() + make_interval(secs => %(seconds)s),
                epoch = job.epoch + 1, run = given.run, charged_cost = given.cost, charged_level = given.level
            FROM unnest(%(jobs)s::uuid[], %(epochs)s::int[], %(workers)s::text[], %(runs)s::uuid[], %(costs)s::float[],
                        %(levels)s::int[], %(sessions)s::uuid[], %(plain)s::bool[])
                 AS given (id, epoch, worker, run, cost, level, session, plain)
            JOIN locked ON locked_id = given.id JOIN lazily ON lazily.set IS NOT NULL
            WHERE job.id = given.id AND job.{IN_STATE} 'queued' AND job.handed_to || '' = '' AND job.epoch = given.epoch
              AND {SAME_SESSION} given.session AND (job.requires = '') = given.plain AND {LEADS}
            RETURNING job.id, job.epoch, job.handed_to, job.run
            """,
            {
                "seconds": settings.INTERLOCK.handoff_seconds,
                "jobs": [start.job for start in starts],
                "epochs": [start.epoch for start in starts],
                "workers": [start.worker for start in starts],
                "runs": [start.run for start in starts],
                "costs": [start.cost for start in starts],
                "levels": [start.level for start in starts],
                "sessions": [start.session for start in starts],
                "plain": [start.plain for start in starts],
                "leader": leader,
                "term": term,
            },
        )
        handed = {row[0]: HandedOff(*row) for row in cursor.fetchall()}
    return [handed[start.job] for start in starts if start.job in handed]


class Recalled(NamedTuple):
    """A job whose hand-off was taken back, the worker that it was for, and whether that had let its time run out."""

    job: UUID
    worker: str
    ran_out: bool


def recall_hand_offs(
    *, leader: str, term: int, workers: Sequence[str] = (), jobs: Sequence[UUID] = ()
) -> list[Recalled]:
    """Take back hand-offs that ran out, those to workers that stop, and those of `jobs`; their messages are void.

    Nothing happens unless `leader` still leads in `term`: no event tells of it, so only who leads may do it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH locked AS (
                SELECT id, handed_to AS worker, handed_until <= clock_timestamp() AS ran_out FROM tasks_agentjob
                WHERE handed_to <> '' AND {LEADS}
                  AND (handed_until <= clock_timestamp() OR handed_to = ANY(%(workers)s) OR id = ANY(%(jobs)s))
                ORDER BY id FOR NO KEY UPDATE
            )
            UPDATE tasks_agentjob job SET handed_to = '', handed_until = NULL, epoch = epoch + 1
            FROM locked WHERE job.id = locked.id AND job.state = 'queued' AND job.handed_to <> ''
            RETURNING job.id, locked.worker, locked.ran_out
            """,
            {"leader": leader, "term": term, "workers": list(workers), "jobs": list(jobs)},
        )
        return [Recalled(*row) for row in cursor.fetchall()]


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
        "jobs": [job for job, _ in run],
        "epochs": [epoch for _, epoch in run],
        "attempts": [new_id() for _ in run],
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
    values = dict(zip([*CLAIMED.replace(" ", "").split(","), *CLAIMED_TOO], row, strict=True))
    values |= {name: json.loads(values[name]) for name in ("work", "data")}
    return Claim(**values, worker=worker)


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
                SELECT * FROM unnest(%(jobs)s::uuid[], %(epochs)s::int[], %(results)s::jsonb[], %(cpu)s::float[],
                                     %(rss)s::float[], %(seconds)s::float[])
                    AS given (job, under, outcome, cpu, rss, seconds)
            ), gone AS (
                UPDATE tasks_agentjob
                SET state = 'completed', result = given.outcome, cpu_seconds = given.cpu, max_rss_mb = given.rss,
                    charged_cost = given.seconds, error_code = '', error_kind = '', error_message = '',
                    progress_percent = 100
                FROM said, given JOIN locked ON locked_id = given.job
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
                "jobs": [each.claim.id for each in ended],
                "epochs": [each.claim.epoch for each in ended],
                "results": [json.dumps(each.result) for each in ended],
                "cpu": [each.usage.cpu_seconds for each in ended],
                "rss": [each.usage.max_rss_mb for each in ended],
                "seconds": [each.seconds for each in ended],
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
        job["result"] = json.dumps(failure.data["partial"])
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


def cancel_waiting(jobs: Iterable[UUID], *, by: str, reason: str) -> list[UUID]:
    """Cancel those that do not run; a hand-off on its way is void by its epoch."""
    change = """
        state = 'cancelled', cancel_requested_at = clock_timestamp(), cancel_requested_by = %(by)s,
        cancel_reason = %(reason)s
    """
    waiting = "state IN ('pending_approval', 'blocked', 'queued', 'suspended')"
    return _update_all(jobs, change, waiting, by=by[:200], reason=reason[:500])


class Asked(NamedTuple):
    """A running job that was asked to stop, in which attempt it was, and whose worker runs it."""

    job: UUID
    worker: str
    attempt: int


def ask_to_stop(jobs: Iterable[UUID], *, by: str, reason: str) -> list[Asked]:
    """Ask the workers of those that run; returns the jobs that were asked now."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH locked AS ({LOCKED})
            UPDATE tasks_agentjob job
            SET cancel_requested_at = clock_timestamp(), cancel_requested_by = %(by)s, cancel_reason = %(reason)s
            FROM locked WHERE job.id = locked_id AND job.{IN_STATE} 'running' AND job.cancel_requested_at IS NULL
            RETURNING job.id, job.worker_id, job.attempt
            """,
            {"jobs": list(jobs), "by": by[:200], "reason": reason[:500]},
        )
        return [Asked(*row) for row in cursor.fetchall()]


def ask_back(worker: str, level: int, why: str) -> UUID | None:
    """Ask the worker to hand back one job of this level of priority or a lower one: of the lowest the one that began
    last, since the least of it is lost. None where it runs none that was not asked for already."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE tasks_agentjob SET give_back = %(why)s WHERE id = (
                SELECT id FROM tasks_agentjob
                WHERE worker_id = %(worker)s AND state = 'running' AND cancel_requested_at IS NULL AND give_back = ''
                  AND override IS NULL AND least(priority, coalesce(inherited, priority)) >= %(level)s
                ORDER BY least(priority, coalesce(inherited, priority)) DESC, state_since DESC
                LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
            ) AND state = 'running' RETURNING id
            """,
            {"worker": worker, "level": level, "why": why[:200]},
        )
        row = cursor.fetchone()
    return row[0] if row else None


def unblock(jobs: Iterable[UUID]) -> list[UUID]:
    """Queue those whose dependencies have all completed."""
    unmet = """
        NOT EXISTS (SELECT FROM tasks_dependency d JOIN tasks_agentjob r ON r.id = d.requires_id
                    WHERE d.job_id = tasks_agentjob.id AND r.state <> 'completed')
    """
    return _update_all(jobs, "state = 'queued', queued_at = clock_timestamp()", f"state = 'blocked' AND {unmet}")


def fail_waiting(jobs: Iterable[UUID], code: str, message: str) -> list[UUID]:
    """End jobs that never can start: a dependency failed, the deadline passed, the policy blocks them by now."""
    change = "state = 'failed', error_code = %(code)s, error_kind = 'permanent', error_message = %(message)s"
    return _update_all(jobs, change, "state IN ('pending_approval', 'blocked', 'queued')", code=code, message=message)


def resume(jobs: Iterable[UUID]) -> list[UUID]:
    """Queue suspended jobs whose calls have all been answered; in their old place, which is before what came since."""
    answered = "NOT EXISTS (SELECT FROM tasks_toolcall c WHERE c.job_id = tasks_agentjob.id AND c.state = 'asked')"
    return _update_all(jobs, "state = 'queued', available_at = NULL", f"state = 'suspended' AND {answered}")


def approve(jobs: Iterable[UUID], state: State) -> list[UUID]:
    """Somebody approved these submissions: they queue from now on, or wait for others."""
    change = """
        state = %(state)s, queued_at = clock_timestamp(),
        rank = extract(epoch FROM clock_timestamp()) + %(step)s * priority
    """
    step = settings.INTERLOCK.aging_seconds
    return _update_all(jobs, change, "state = 'pending_approval'", state=state.value, step=step)


def deny(jobs: Iterable[UUID], *, by: str, reason: str) -> list[UUID]:
    """Somebody said no, or nobody said anything in time."""
    change = """
        state = 'cancelled', cancel_requested_at = clock_timestamp(), cancel_requested_by = %(by)s,
        cancel_reason = %(reason)s
    """
    asking = "state IN ('pending_approval', 'suspended')"
    return _update_all(jobs, change, asking, by=by[:200], reason=reason[:500])


def admit_again(jobs: Iterable[UUID], state: State) -> list[UUID]:
    """Failed or cancelled work goes through admission again, behind what waits, with all its attempts before it."""
    change = """
        state = %(state)s, failures = 0, interruptions = 0, available_at = NULL, result = NULL, error_code = '',
        error_kind = '', error_message = '', cancel_requested_at = NULL, cancel_requested_by = '', cancel_reason = '',
        progress_percent = NULL, progress_message = '', queued_at = clock_timestamp(), started_at = NULL,
        worker_id = '', pinned = NULL, override = NULL, inherited = NULL,
        rank = extract(epoch FROM clock_timestamp()) + %(step)s * priority
    """
    failed_or_cancelled = "state IN ('failed', 'cancelled')"
    step = settings.INTERLOCK.aging_seconds
    return _update_all(jobs, change, failed_or_cancelled, state=state.value, step=step)


def _update_all(jobs: Iterable[UUID], change: str, condition: str, **values: Any) -> list[UUID]:
    """Change those that meet the condition."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH locked AS ({LOCKED})
            UPDATE tasks_agentjob SET {change} FROM locked
            WHERE tasks_agentjob.id = locked_id AND {condition} RETURNING tasks_agentjob.id
            """,
            {"jobs": list(jobs), **values},
        )
        return [row[0] for row in cursor.fetchall()]


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
