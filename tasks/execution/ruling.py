"""What the policy says now of what waits for a decision: the same that the gate would say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agents.policy.engine import decide
from agents.policy.rules import rules_of
from agents.policy.types import Decision
from tasks import actions, admission
from tasks.execution import outcome as outcomes
from tasks.execution.reuse import doubt_in
from tasks.models import AgentJob, ToolCall


@dataclass(frozen=True)
class Ruling:
    """The decision, and the fingerprint that an approval of it is bound to."""

    decision: Decision
    outcome: str


def of_call(call: ToolCall, arguments: Mapping[str, Any]) -> Ruling:
    """Of a call that was asked about, with these arguments."""
    doubt = doubt_in(call.why)
    action = actions.of_step(call.job, call.tool, dict(arguments))
    decision = outcomes.with_doubt(decide(rules_of(call.workspace_id), action), doubt)
    return Ruling(decision, outcomes.fingerprint(decision, doubt))


def of_submission(job: AgentJob) -> Ruling:
    decision = admission.decision_now(job)
    return Ruling(decision, outcomes.fingerprint(decision, ""))
