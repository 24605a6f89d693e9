"""Jobs and tool calls as the policy sees them: one place says what each fact of an action is."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from agents.errors import InvalidInput
from agents.policy.types import Action
from agents.runtimes.base import Call
from agents.tools import registry as tools
from agents.tools.base import Effect
from tasks.models import AgentJob, ToolCall
from tasks.spec.choices import RuntimeName
from tasks.transitions import Claim

CONTENT = ("title", "description", "data", "metadata", "tags", "files")
"""What a job holds of its submitter's words, beside its work."""


def submission_tool(job: AgentJob) -> str:
    """The name under which the policy sees a submission."""
    return f"submit.{job.runtime or job.type}"


def of_submission(job: AgentJob) -> Action:
    """A program is an effect outside. What plans and agents do is asked call by call, so that they come is none."""
    effect = Effect.EXTERNAL if job.runtime == RuntimeName.COMMAND else Effect.PURE
    args = {name: getattr(job, name) for name in CONTENT} | job.work
    return _of_job(job, submission_tool(job), args, effect)


def of_step(job: AgentJob, tool: str, args: dict[str, Any]) -> Action:
    """A step of a plan, before the plan runs; its effect is the strongest that the tool has if `args` are not whole."""
    effect = Effect.EXTERNAL
    with suppress(InvalidInput):  # of a tool that is not known here, or arguments that refer to results
        effect = tools.get(tool).effect
        effect = tools.get(tool).effect_of(tools.validate(tool, args))
    return _of_job(job, tool, args, effect)


def of_call(claim: Claim, call: Call) -> Action:
    """A call that a run is about to make."""
    return Action(
        tool=call.tool,
        args=call.arguments,
        agent={"id": _id(claim.agent_id), "name": claim.agent_name, "type": claim.agent_type},
        session={"id": str(claim.session_id), "name": claim.session_name},
        job={
            "id": str(claim.id),
            "type": claim.type,
            "runtime": claim.runtime,
            "title": claim.title,
            "priority": claim.priority,
            "project": _id(claim.project_id),
            "tags": claim.tags,
            "submitted_by": claim.submitted_by,
        },
        effect=call.effect.value,
    )


def of_record(call: ToolCall) -> Action:
    """A call that was made, by its record with its job."""
    return _of_job(call.job, call.tool, call.arguments, call.effect)


def _of_job(job: AgentJob, tool: str, args: dict[str, Any], effect: str) -> Action:
    return Action(
        tool=tool,
        args=args,
        agent={"id": _id(job.agent_id), "name": job.agent.name if job.agent else "", "type": job.agent_type},
        session={"id": str(job.session_id), "name": job.session.name},
        job={
            "id": str(job.id),
            "type": job.type,
            "runtime": job.runtime,
            "title": job.title,
            "priority": job.priority,
            "project": _id(job.project_id),
            "tags": job.tags,
            "submitted_by": f"{job.submitted_by_kind}:{job.submitted_by_label}",
        },
        effect=str(effect),
    )


def _id(value: Any) -> str:
    return str(value) if value else ""
