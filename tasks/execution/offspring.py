"""The children of the job that runs here: the `Children` of its tools, and what they leave of its budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.db.models import Q

from agents.runtimes.base import Budget, Suspend
from agents.tools.base import JSON
from tasks.children import answers, budgets, submitting
from tasks.execution.ledger import in_database_async
from tasks.models import AgentJob, Child
from tasks.transitions import Claim


class Offspring:
    """Of one attempt. A job that is nobody's child and has none costs one question, before its model is asked first."""

    def __init__(self, claim: Claim) -> None:
        self._claim = claim
        self._shares: bool | None = None

    async def submit(self, place: int, tasks: Sequence[dict[str, Any]], *, wait: bool) -> JSON:
        jobs = await in_database_async(lambda: submitting.submit_for(self._claim, place, tasks, wait=wait))
        self._shares = True
        return _answered(jobs) if wait else answers.told(jobs)

    async def wait(self, ids: Sequence[str] | None) -> JSON:
        return _answered(await in_database_async(lambda: submitting.wait_for(self._claim, ids)))

    async def allowed(self, limits: Budget) -> Budget:
        """The limits of the job as others leave them."""
        if self._shares is None:
            self._shares = await in_database_async(self._shares_with_others)
        if not self._shares:
            return limits
        now = await in_database_async(lambda: budgets.allowance(self._claim.id))
        cost = limits.cost if now.cost is None else max(Decimal(), now.cost)
        return replace(limits, tokens=max(0, now.tokens), cost=cost)

    def _shares_with_others(self) -> bool:
        return Child.objects.filter(Q(job_id=self._claim.id) | Q(parent_id=self._claim.id)).exists()


def _answered(jobs: Sequence[AgentJob]) -> JSON:
    """Raises Suspend while one of them is not over."""
    waits = len(answers.open_among(jobs))
    if waits:
        raise Suspend(f"waits for {answers.how_many(waits, len(jobs))} that it submitted")
    return answers.told(jobs)
