"""What follows when children end: their parent goes on, others get its budget, and a cancelled parent takes them along.

Only the leading dispatcher calls this, so two children that end at once cannot miss each other.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import connection, transaction

from tasks import transitions
from tasks.children import budgets
from tasks.children.budgets import OVER_BUDGET, Amount
from tasks.operations.cancel_many import stop_all
from tasks.transitions.statements import answered, dependencies_met

MOST_AT_ONCE = 500
DISPATCHER = "dispatcher"
PARENT_CANCELLED = "the job that submitted it was cancelled"


@dataclass(frozen=True)
class Candidate:
    """A child that could go on but for its part of the budget."""

    id: UUID
    state: str
    needs: Amount


def settle(stirred: Collection[UUID] | None = None) -> int:
    """Look after the families of these jobs, which ended, began to wait, or were decided about (None: after all);
    returns how many jobs moved."""
    orphans = _orphans(stirred)
    if orphans:
        stop_all(orphans, by=DISPATCHER, reason=PARENT_CANCELLED)
    parents = _parents(stirred)
    moved = transitions.resume(_with_awaited(parents), given=True)
    for parent in [*parents, *_parents(moved)]:
        moved += _give_budget(parent)
    return len(orphans) + len(moved)


def there_are() -> bool:
    """Whether any job waits for children, or for its part of its parent's budget."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT EXISTS (SELECT FROM tasks_toolcall WHERE state = 'waits')
                OR EXISTS (SELECT FROM tasks_agentjob job JOIN tasks_child child ON child.job_id = job.id
                           WHERE job.state = 'blocked' AND child.shares_budget)
                OR EXISTS (SELECT FROM tasks_child child JOIN tasks_agentjob job ON job.id = child.job_id
                           WHERE child.shares_budget AND job.state = 'suspended')
            """
        )
        return bool(cursor.fetchone()[0])


def forget_waits() -> int:
    """Calls that waited when their job ended wait no more; returns how many those were."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE tasks_toolcall call
            SET state = 'refused', error = 'The job ended before what the call waited for.',
                ended_at = clock_timestamp()
            FROM tasks_agentjob job
            WHERE call.state = 'waits' AND job.id = call.job_id AND job.state IN ('completed', 'failed', 'cancelled')
            """
        )
        return int(cursor.rowcount)


def _orphans(stirred: Collection[UUID] | None) -> list[UUID]:
    """Open children that were there when their parent was cancelled. What somebody retried since goes on."""
    of_these = "" if stirred is None else "AND child.parent_id = ANY(%(stirred)s)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT job.id FROM tasks_child child
            JOIN tasks_agentjob parent ON parent.id = child.parent_id AND parent.state = 'cancelled'
            JOIN tasks_agentjob job ON job.id = child.job_id
            WHERE job.state NOT IN ('completed', 'failed', 'cancelled') AND job.cancel_requested_at IS NULL
              AND job.queued_at < parent.completed_at {of_these}
            """,
            {"stirred": list(stirred or ())},
        )
        return [row[0] for row in cursor.fetchall()]


def _parents(stirred: Collection[UUID] | None) -> list[UUID]:
    """Those of these jobs, and those of them that are parents themselves; None: all whose families wait."""
    with connection.cursor() as cursor:
        if stirred is None:
            cursor.execute(
                """
                SELECT job_id FROM tasks_toolcall WHERE state = 'waits'
                UNION
                SELECT child.parent_id FROM tasks_child child JOIN tasks_agentjob job ON job.id = child.job_id
                WHERE child.shares_budget AND job.state IN ('blocked', 'suspended')
                """
            )
        else:
            cursor.execute(
                """
                SELECT parent_id FROM tasks_child WHERE job_id = ANY(%(jobs)s)
                UNION SELECT parent_id FROM tasks_child WHERE parent_id = ANY(%(jobs)s)
                """,
                {"jobs": list(stirred)},
            )
        return [row[0] for row in cursor.fetchall()]


def _with_awaited(parents: Sequence[UUID]) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT parent_id FROM tasks_child WHERE parent_id = ANY(%s) AND awaited", [list(parents)]
        )
        return [row[0] for row in cursor.fetchall()]


def _give_budget(parent: UUID) -> list[UUID]:
    """Let those go on that the budget suffices for, in their order; none overtakes one that needs more. One that needs
    more than there can ever be fails, or, where it had begun, goes on with what is left."""
    with transaction.atomic():
        if not _locked(parent):
            return []
        moved: list[UUID] = []
        left, whole = budgets.left(parent), budgets.whole_of(parent)
        for each in _candidates(parent):
            if left.covers(each.needs):
                moved += _let_go_on(each)
                left = left.less(each.needs)
            elif not whole.covers(each.needs):
                moved += _give_up(each, whole)
            else:
                break
        return moved


def _locked(parent: UUID) -> bool:
    """Of two who believe they lead one waits here for the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM tasks_agentjob WHERE id = %s FOR NO KEY UPDATE", [parent])
        return cursor.fetchone() is not None


def _candidates(parent: UUID) -> list[Candidate]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT job.id, job.state, job.token_budget - used.tokens, job.cost_budget - used.cost
            FROM tasks_child child JOIN tasks_agentjob job ON job.id = child.job_id
            CROSS JOIN LATERAL tasks_spent(job.id) AS used
            WHERE child.parent_id = %s AND child.shares_budget AND CASE job.state
                WHEN 'blocked' THEN {dependencies_met("job.id")}
                WHEN 'suspended' THEN {answered("job.id")}
                ELSE false END
            ORDER BY job.state DESC, job.rank, job.id LIMIT %s
            """,
            [parent, MOST_AT_ONCE],
        )
        return [
            Candidate(id, state, Amount(max(0, int(tokens)), None if cost is None else max(Decimal(), cost)))
            for id, state, tokens, cost in cursor.fetchall()
        ]


def _let_go_on(each: Candidate) -> list[UUID]:
    if each.state == "blocked":
        return transitions.unblock([each.id], given=True)
    return transitions.resume([each.id], given=True)


def _give_up(each: Candidate, whole: Amount) -> list[UUID]:
    if each.state == "suspended":
        return transitions.resume([each.id], given=True)
    sentence = f"It may use up to {each.needs}, and of its parent's budget {whole} are left."
    return transitions.fail_waiting([each.id], OVER_BUDGET, sentence)
