"""What a job's model has used, against what it may use. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from agents.runtimes.base import Budget


@dataclass(frozen=True)
class Spent:
    """All attempts together; `cost`, in US dollars, is None where nobody knows the model's price."""

    input_tokens: int = 0
    output_tokens: int = 0
    turns: int = 0
    tool_calls: int = 0
    cost: Decimal | None = None

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"cost": None if self.cost is None else float(round(self.cost, 6))}


def exceeded(spent: Spent, budget: Budget) -> str | None:
    """The sentence that says which limit was passed, if one was."""
    return next(_passed(spent, budget), None)


def used_up(spent: Spent, budget: Budget) -> str | None:
    """The sentence that says why the model must not be asked again, if it must not."""
    if (passed := exceeded(spent, budget)) is not None:
        return passed
    if budget.turns is not None and spent.turns >= budget.turns:
        return f"The model has had its {budget.turns:,} turns and is not done."
    if budget.tokens is not None and spent.tokens >= budget.tokens:
        return f"The model has used all of its {budget.tokens:,} tokens and is not done."
    if budget.cost is not None and spent.cost is not None and spent.cost >= budget.cost:
        return f"The model has used all of its {_dollars(budget.cost)} and is not done."
    return None


def refuses_calls(spent: Spent, budget: Budget) -> str | None:
    """The sentence that says why the calls, which are counted already, may not run, if they may not."""
    if budget.tool_calls is not None and spent.tool_calls > budget.tool_calls:
        return f"The model wants {spent.tool_calls:,} tool calls; the job's limit is {budget.tool_calls:,}."
    return None


def _passed(spent: Spent, budget: Budget) -> Iterator[str]:
    if budget.tokens is not None and spent.tokens > budget.tokens:
        yield f"The model used {spent.tokens:,} tokens; the job's limit is {budget.tokens:,}."
    if budget.cost is not None and spent.cost is not None and spent.cost > budget.cost:
        yield f"The model cost {_dollars(spent.cost)}; the job's limit is {_dollars(budget.cost)}."


def _dollars(amount: Decimal) -> str:
    return f"{amount:.4f} US dollars"
