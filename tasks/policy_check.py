"""A dry run of rules: what would they say of an action, and of which recorded calls something else than was said."""

from __future__ import annotations

import time
from dataclasses import dataclass
from uuid import UUID

from agents.actor import Actor
from agents.policy.engine import decide
from agents.policy.types import Decision, Rules
from agents.roles import Role
from tasks import actions
from tasks.models import ToolCall

MOST_CALLS = 1000
MOST_SECONDS = 5.0


@dataclass(frozen=True)
class Change:
    call: ToolCall
    decision: Decision


@dataclass(frozen=True)
class Comparison:
    """How many calls were looked at, the newest first, and those that would get another verdict."""

    compared: int
    changes: list[Change]


def compare(actor: Actor, workspace: UUID, rules: Rules, last: int) -> Comparison:
    """The rules against the last recorded calls of the workspace. It stops after five seconds.

    Calls are recorded without what was redacted, so a condition on that finds the mark in its place.
    """
    actor.require(Role.OPERATOR, workspace, "try rules on recorded calls")
    rows = ToolCall.objects.in_workspace(workspace).select_related("job__session", "job__agent").order_by("-id")
    begun, compared, changes = time.monotonic(), 0, []
    for call in rows[: min(last, MOST_CALLS)]:
        decision = decide(rules, actions.of_record(call))
        if decision.verdict.value != call.verdict:
            changes.append(Change(call, decision))
        compared += 1
        if time.monotonic() - begun > MOST_SECONDS:
            break
    return Comparison(compared, changes)
