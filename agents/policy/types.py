"""What the policy decides about, and what it can say. Pure values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    ALLOW = "ALLOW"
    BLOCK = "BLOCK"
    REQUIRE_APPROVAL = "REQUIRE_APPROVAL"


@dataclass(frozen=True)
class RuleValue:
    """A rule as the engine sees it. `tool` is a glob over tool names."""

    id: str
    order: int
    tool: str
    verdict: Verdict
    comment: str = ""
    approvers: Mapping[str, Any] = field(default_factory=dict)
    expires_in: int | None = None


@dataclass(frozen=True)
class Decision:
    """The verdict, the rule that gave it (none: the default), and one sentence that says why."""

    verdict: Verdict
    rule: str | None
    why: str
    approvers: Mapping[str, Any] = field(default_factory=dict)
    expires_in: int | None = None

    @property
    def blocked(self) -> bool:
        return self.verdict is Verdict.BLOCK

    @property
    def asks(self) -> bool:
        return self.verdict is Verdict.REQUIRE_APPROVAL
