"""One budget for a job and all that it submits: what is left of it, and how it is shared out.

Nothing counts it along: what each job has used stands in its row of `tasks_spending`, what it holds follows from its
state, and the database adds them up (tasks/migrations/sql/0018_children.up.sql). So a hold is released exactly once,
whatever ends the job.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import ClassVar
from uuid import UUID

from django.db import connection

from agents.errors import Conflict
from tasks.models import AgentJob, Child
from tasks.spec.choices import RuntimeName

OVER_BUDGET = "over_budget"
SMALLEST_COST = Decimal("0.0001")


class BudgetTooSmall(Conflict):
    code: ClassVar[str] = OVER_BUDGET
    title: ClassVar[str] = "The budget does not suffice"


@dataclass(frozen=True)
class Amount:
    """Tokens, and US dollars; None is no limit. What is left may be below zero: an answer may cost more than that."""

    tokens: int
    cost: Decimal | None = None

    def covers(self, other: Amount) -> bool:
        enough = self.cost is None or other.cost is None or self.cost >= other.cost
        return self.tokens >= other.tokens and enough

    def less(self, other: Amount) -> Amount:
        cost = self.cost if self.cost is None or other.cost is None else self.cost - other.cost
        return Amount(self.tokens - other.tokens, cost)

    def __str__(self) -> str:
        return f"{max(0, self.tokens):,} tokens" + ("" if self.cost is None else f" and ${max(self.cost, 0):.4f}")


def left(job: UUID) -> Amount:
    """What the job can still give to others, all above it considered."""
    return _asked("tasks_left", job)


def allowance(job: UUID) -> Amount:
    """What a job that runs may use itself, in all, now that others take their part."""
    return _asked("tasks_allowance", job)


def whole_of(job: UUID) -> Amount:
    """What the job could give to others once none of them holds anything."""
    limits = AgentJob.objects.filter(pk=job).values_list("token_budget", "cost_budget").get()
    return Amount(limits[0] or 0, limits[1]).less(_asked("tasks_spent_for_good", job))


def may_spend(job: AgentJob) -> bool:
    """Whether language models may work for it: in itself, or in jobs that it submits."""
    if job.runtime == RuntimeName.LLM:
        return True
    return any(step["tool"] == "task.submit" for step in job.work.get("steps", ()))


def share_out(parent: AgentJob, jobs: Sequence[AgentJob]) -> None:
    """Give each of these unsaved children its part of the parent's budget: what its spec asks for, and to those that
    ask for nothing equal parts of what is left, with one part for the parent itself.

    Raises BudgetTooSmall where a child asks for more than its parent's limit leaves once all others have ended, or
    nothing would be left for one.
    """
    if not jobs:
        return
    whole, rest = whole_of(parent.id), left(parent.id)
    for job in jobs:
        asked = Amount(_tokens_asked(job) or 0, _cost_asked(job))
        rest = rest.less(asked)
        if not whole.covers(asked):
            raise BudgetTooSmall(
                f"“{job.title}” is to use up to {asked}, and of the budget of the job that submits it {whole} are "
                "left; give it less, or that job more (limits.tokens, limits.cost)."
            )
    silent = sum(_tokens_asked(job) is None for job in jobs)
    tokens = _part(rest.tokens, whole.tokens, silent)
    cost = _part_of_cost(rest.cost, whole.cost, sum(_cost_asked(job) is None for job in jobs))
    for job in jobs:
        if _tokens_asked(job) is None:
            if tokens < 1:
                raise BudgetTooSmall("The job that submits it has used all of its tokens; give that job more of them.")
            job.token_budget = min(tokens, job.token_budget or tokens)
        if _cost_asked(job) is None and cost is not None:
            if cost < SMALLEST_COST:
                raise BudgetTooSmall("The job that submits it has used all of its dollars; give that job more of them.")
            job.cost_budget = min(cost, job.cost_budget or cost)


def sharing(jobs: Collection[UUID]) -> set[UUID]:
    """Those of the jobs that live on their parent's budget."""
    found = Child.objects.filter(job_id__in=list(jobs), shares_budget=True) if jobs else Child.objects.none()
    return set(found.values_list("job_id", flat=True))


def _tokens_asked(job: AgentJob) -> int | None:
    return job.token_budget if "tokens" in job.spec.get("limits", {}) else None


def _cost_asked(job: AgentJob) -> Decimal | None:
    return Decimal(str(job.cost_budget)) if "cost" in job.spec.get("limits", {}) else None


def _part(rest: int, whole: int, count: int) -> int:
    """Where all is given away for now, it will be shared when others have ended."""
    parts = count + 1
    return (rest if rest >= parts else whole) // parts


def _part_of_cost(rest: Decimal | None, whole: Decimal | None, count: int) -> Decimal | None:
    if rest is None or whole is None:
        return None
    parts = count + 1
    return ((rest if rest >= parts * SMALLEST_COST else whole) / parts).quantize(SMALLEST_COST, ROUND_DOWN)


def _asked(function: str, job: UUID) -> Amount:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT tokens, cost FROM {function}(%s)", [job])
        tokens, cost = cursor.fetchone()
    return Amount(int(tokens), cost)
