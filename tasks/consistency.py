"""What can only be when a part of the platform is away or wrong: counted, with examples and what to do.

Called as the database's owner, who sees all tenants. A moment's delay is none of it: each question allows for the
time that the platform itself takes to notice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

PATIENCE_SECONDS = 10
MOST_NAMED = 3


@dataclass(frozen=True)
class Question:
    """`sql` gives the ids of what should not be."""

    name: str
    nothing: str
    """What is said if there is none."""
    found: str
    """What is said of those there are; `{}` is their number."""
    remedy: str
    sql: str


@dataclass(frozen=True)
class Finding:
    """The answer to a question: how many there are, and the ids of a few."""

    question: Question
    count: int
    examples: list[str]


LONG_AGO = f"clock_timestamp() - interval '{PATIENCE_SECONDS} seconds'"
DISPATCHER_HEALS = "The dispatcher puts this right by itself; see that one leads: `interlock dispatcher`."
REPORT = "This should be impossible: keep the logs, and report it with what happened before."
QUESTIONS = (
    Question(
        "leases",
        "Every running job has a lease that holds.",
        "{} running jobs have a lease that ran out.",
        DISPATCHER_HEALS,
        f"SELECT id FROM tasks_agentjob WHERE state = 'running' AND (lease_until IS NULL OR lease_until < {LONG_AGO})",
    ),
    Question(
        "workers of jobs",
        "Every running job is with a worker that lives.",
        "{} running jobs are with a worker that is gone.",
        DISPATCHER_HEALS,
        f"""
        SELECT job.id FROM tasks_agentjob job LEFT JOIN tasks_worker worker ON worker.id = job.worker_id
        WHERE job.state = 'running'
          AND (worker.id IS NULL OR worker.stopped_at < {LONG_AGO} OR worker.lease_until < {LONG_AGO})
        """,
    ),
    Question(
        "hand-offs",
        "No hand-off is overdue.",
        "{} jobs were handed to a worker that did not take them in time.",
        DISPATCHER_HEALS,
        f"SELECT id FROM tasks_agentjob WHERE handed_to <> '' AND handed_until < {LONG_AGO}",
    ),
    Question(
        "dependencies",
        "No job waits for what has completed.",
        "{} blocked jobs wait though all that they depend on has completed.",
        DISPATCHER_HEALS,
        f"""
        SELECT job.id FROM tasks_agentjob job WHERE job.state = 'blocked' AND job.state_since < {LONG_AGO}
          AND NOT EXISTS (
            SELECT FROM tasks_dependency needed JOIN tasks_agentjob required ON required.id = needed.requires_id
            WHERE needed.job_id = job.id AND (required.state <> 'completed' OR required.completed_at >= {LONG_AGO}))
          AND NOT EXISTS (SELECT FROM tasks_child child WHERE child.job_id = job.id AND child.shares_budget)
        """,
    ),
    Question(
        "children",
        "No job waits for children that are over.",
        "{} suspended jobs wait though all jobs that they wait for are over.",
        DISPATCHER_HEALS,
        f"""
        SELECT job.id FROM tasks_agentjob job WHERE job.state = 'suspended' AND job.state_since < {LONG_AGO}
          AND EXISTS (SELECT FROM tasks_child child WHERE child.parent_id = job.id AND child.awaited)
          AND NOT EXISTS (SELECT FROM tasks_toolcall call WHERE call.job_id = job.id AND call.state = 'asked')
          AND NOT EXISTS (
            SELECT FROM tasks_child child JOIN tasks_agentjob other ON other.id = child.job_id
            WHERE child.parent_id = job.id AND child.awaited
              AND (other.state NOT IN ('completed', 'failed', 'cancelled') OR other.completed_at >= {LONG_AGO}))
        """,
    ),
    Question(
        "attempts",
        "No attempt is open on a job that does not run.",
        "{} attempts are open on jobs that do not run.",
        REPORT,
        """
        SELECT attempt.job_id FROM tasks_attempt attempt JOIN tasks_agentjob job ON job.id = attempt.job_id
        WHERE attempt.ended_at IS NULL AND (job.state <> 'running' OR attempt.epoch <> job.epoch)
        """,
    ),
    Question(
        "runs",
        "Every running job has one open attempt.",
        "{} running jobs have no open attempt, or several.",
        REPORT,
        """
        SELECT job.id FROM tasks_agentjob job WHERE job.state = 'running'
          AND 1 <> (SELECT count(*) FROM tasks_attempt open WHERE open.job_id = job.id AND open.ended_at IS NULL)
        """,
    ),
    Question(
        "events",
        "Every event has its number.",
        f"{{}} events have had no number for more than {PATIENCE_SECONDS} s, so nobody is told of them.",
        "The dispatcher numbers them; see that one leads: `interlock dispatcher`.",
        f"SELECT id FROM tasks_event WHERE seq IS NULL AND at < {LONG_AGO}",
    ),
)


def findings() -> Iterator[Finding]:
    """Every question with its answer."""
    with connection.cursor() as cursor:
        for question in QUESTIONS:
            cursor.execute(
                f"SELECT count(*), (array_agg(id::text))[1:{MOST_NAMED}] FROM ({question.sql}) AS wrong (id)"
            )
            count, examples = cursor.fetchone()
            yield Finding(question, count, examples or [])
