"""Under which terms people are asked: who may decide, how many must agree, until when. Pure.

They come from the rule that asked: its `approvers`, an object with `role` (the least role that may, approver by
default), `users` (names of further people), `excluded` (names of those who may not), `quorum`, `not_requester`,
`escalate` (a list of steps with `after` in seconds and who may decide too from then on, as `role` or `users`) and
`when_expired` (`deny` or `fail`, of a submission); and its `expires_in`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agents.policy.types import Decision
from agents.roles import Role

EXPIRES_IN = 7 * 24 * 3600.0
"""Seconds after which nobody's answer is a no, where the rule says nothing."""

WARN_SHARE, WARN_MOST = 0.1, 4 * 3600.0
"""A warning comes when so much of the time is left, or so many seconds where that is less."""


@dataclass(frozen=True)
class Step:
    """After so many seconds without a decision, these may decide too."""

    after: float
    role: str = ""
    users: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {"after": self.after, "role": self.role, "users": list(self.users)}

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> Step:
        return cls(float(value["after"]), value.get("role", ""), tuple(value.get("users", ())))


@dataclass(frozen=True)
class Terms:
    approvers: dict[str, Any] = field(default_factory=lambda: {"role": Role.APPROVER.value, "users": []})
    quorum: int = 1
    not_requester: bool = False
    escalations: Sequence[Step] = ()
    expires_in: float = EXPIRES_IN

    @classmethod
    def of(cls, decision: Decision) -> Terms:
        said = decision.approvers
        role = Role(said.get("role") or Role.APPROVER)
        steps = sorted((Step.of(step) for step in said.get("escalate", ())), key=lambda step: step.after)
        return cls(
            {
                "role": role.value,
                "users": list(said.get("users", ())),
                "excluded": list(said.get("excluded", ())),
                "when_expired": said.get("when_expired", "deny"),
            },
            max(1, int(said.get("quorum", 1))),
            bool(said.get("not_requester", False)),
            steps,
            float(decision.expires_in or EXPIRES_IN),
        )


def escalated(approvers: Mapping[str, Any], step: Step) -> dict[str, Any]:
    """Who may decide once the step was taken: those of before, and those of the step."""
    role = Role(approvers["role"])
    if step.role and Role(step.role).level < role.level:
        role = Role(step.role)
    return {**approvers, "role": role.value, "users": list(dict.fromkeys([*approvers["users"], *step.users]))}


def warn_before(period: float) -> float:
    """How many seconds before its end a request of this period warns."""
    return min(WARN_MOST, period * WARN_SHARE)
