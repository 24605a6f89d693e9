"""What the policy decides about, and what it can say. Pure values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    ALLOW = "ALLOW"
    BLOCK = "BLOCK"


@dataclass(frozen=True)
class RuleValue:
    """A rule as the engine sees it. `tool` is a glob over tool names."""

    id: str
    order: int
    tool: str
    verdict: Verdict
    comment: str = ""


@dataclass(frozen=True)
class Decision:
    """The verdict, the rule that gave it (none: the default), and one sentence that says why."""

    verdict: Verdict
    rule: str | None
    why: str

    @property
    def blocked(self) -> bool:
        return self.verdict is Verdict.BLOCK
