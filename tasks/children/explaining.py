"""Why a job waits for others of its family. Called in the reader's tenancy."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

from tasks.children.answers import how_many
from tasks.children.budgets import Amount
from tasks.models import AgentJob
from tasks.transitions.statements import dependencies_met
from tasks.waiting import Waiting


def waiting_for(jobs: Sequence[AgentJob]) -> dict[UUID, Waiting]:
    """Of suspended and blocked jobs those that wait for their children, or for their part of their parent's budget."""
    ids = [job.id for job in jobs]
    return (_for_budget(ids) | _for_children(ids)) if ids else {}


def _for_children(jobs: Sequence[UUID]) -> dict[UUID, Waiting]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT child.parent_id, count(*), count(*) FILTER (WHERE job.state IN ('completed', 'failed', 'cancelled'))
            FROM tasks_child child JOIN tasks_agentjob job ON job.id = child.job_id
            WHERE child.parent_id = ANY(%s) AND child.awaited
            GROUP BY 1 HAVING bool_or(job.state NOT IN ('completed', 'failed', 'cancelled'))
            """,
            [list(jobs)],
        )
        return {
            job: Waiting("children", f"waits for {how_many(total - over, total)} that it submitted", total, over)
            for job, total, over in cursor.fetchall()
        }


def _for_budget(jobs: Sequence[UUID]) -> dict[UUID, Waiting]:
    """What the leader has not given its part yet; where its dependencies are not met, those are the reason."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT job.id, parent.title, parent.token_budget,
                   job.token_budget - used.tokens, job.cost_budget - used.cost, rest.tokens, rest.cost
            FROM tasks_child child JOIN tasks_agentjob job ON job.id = child.job_id
            JOIN tasks_agentjob parent ON parent.id = child.parent_id
            CROSS JOIN LATERAL tasks_spent(job.id) AS used CROSS JOIN LATERAL tasks_left(parent.id) AS rest
            WHERE child.job_id = ANY(%s) AND child.shares_budget AND {dependencies_met("job.id")}
            """,
            [list(jobs)],
        )
        return {
            id: Waiting("budget", _sentence(title, Amount(needs, cost), Amount(rest, rest_cost)), limit, limit - rest)
            for id, title, limit, needs, cost, rest, rest_cost in cursor.fetchall()
        }


def _sentence(title: str, needs: Amount, rest: Amount) -> str:
    return f"waits for budget: it may use {needs}, and {rest} of “{title}” are left until others end"
