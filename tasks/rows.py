"""A spec as the row of its job."""

from __future__ import annotations

from datetime import timedelta
from pathlib import PurePath
from typing import Any

from django.conf import settings

from agents.actor import Actor
from agents.models import Project, Workspace
from agents.tools.base import Effect
from agents.tools.registry import OWN
from tasks.models import AgentJob
from tasks.places import Places
from tasks.spec.choices import Isolation, JobType
from tasks.spec.model import TaskSpec
from tasks.spec.priorities import Priority

TOKENS = 100_000
TURNS = 50
LONGEST_KIND = 100
BATCH_ORDER = 1e-6  # seconds between the ranks of a batch, so that it runs in the order it was written


def job_row(actor: Actor, workspace: Workspace, places: Places, spec: TaskSpec, place: int) -> AgentJob:
    """The unsaved row; `place` is its position in the batch. State and policy are decided by `admission`."""
    priority = int(spec.priority if spec.priority is not None else default_priority(actor, spec))
    project = places.projects.get(spec.project or "")
    work = work_of(spec)
    session = places.sessions[spec.session]
    agent = places.agents.find(spec.agent, session)
    return AgentJob(
        workspace=workspace,
        created_at=places.now,
        type=spec.type.value,
        project=project,
        session=session,
        agent=agent,
        agent_type=agent.type if agent else spec.agent_type.value,  # rules about a type hold for whoever is of it
        key=spec.key or "",
        title=spec.title,
        description=spec.description,
        runtime=spec.runtime.value if spec.runtime else "",
        work=work,
        data=spec.data,
        tool=spec.tool or "",
        arguments=spec.args,
        files=spec.files,
        tags=spec.tags,
        metadata=spec.metadata,
        isolation=spec.isolation.value if spec.isolation else "",
        requires=requirement_class(spec, project),
        kind=kind_of_work(spec.type.value, work),
        joins_runs=has_no_outside_effect(spec),
        spec=spec.as_document(),
        submitted_by_kind=actor.kind,
        submitted_by_id=actor.id,
        submitted_by_label=actor.label,
        priority=priority,
        rank=rank_of(places.now.timestamp() + place * BATCH_ORDER, priority),
        on_dependency_failure=spec.on_dependency_failure.value,
        available_at=spec.not_before,
        deadline=spec.deadline,
        queued_at=places.now,
        state_since=places.now,
        **limits_of(workspace, spec),
    )


def requirement_class(spec: TaskSpec, project: Project | None) -> str:
    """What tells a job apart when workers and projects are looked for: jobs of one class start anywhere alike."""
    needs = {
        "project": str(project.id) if project else "",
        "isolation": "docker" if spec.isolation == Isolation.DOCKER else "",
        "memory_mb": spec.limits.memory_mb or "",
        "cpu": spec.limits.cpu or "",
    }
    return " ".join(f"{name}={value}" for name, value in needs.items() if value)


def kind_of_work(job_type: str, work: dict[str, Any]) -> str:
    """What sort of work it is: jobs of one kind are expected to take about as long."""
    if "command" in work:
        return f"command:{PurePath(work['command'][0]).name}"[:LONGEST_KIND]
    if "steps" in work:
        return f"plan:{' '.join(step['tool'] for step in work['steps'])}"[:LONGEST_KIND]
    return f"llm:{work['model'] or ''}"[:LONGEST_KIND] if "prompt" in work else job_type


def has_no_outside_effect(spec: TaskSpec) -> bool:
    """Whether running it twice harms nobody: a plan of tools that are pure or touch only the job's own directory."""
    steps = spec.steps
    return bool(steps) and all(step.tool in OWN and OWN.get(step.tool).effect is not Effect.EXTERNAL for step in steps)


def default_priority(actor: Actor, spec: TaskSpec) -> Priority:
    """P0 for what heals agents, P1 for what somebody submits."""
    if spec.type in (JobType.RECOVER_CONTEXT, JobType.TERMINATE_AGENT):
        return Priority.CRITICAL
    return Priority.HIGH if actor.kind in ("user", "token") else Priority.NORMAL


def rank_of(queued_at: float, priority: int) -> float:
    """A job's place in its session: earlier first, and each level of priority is worth one aging step."""
    return queued_at + settings.INTERLOCK.aging_seconds * priority


def work_of(spec: TaskSpec) -> dict[str, Any]:
    """The runtime's part of the spec."""
    if spec.command:
        return {"command": spec.command, "env": spec.env}
    if spec.steps:
        return {"steps": [step.model_dump(exclude_none=True) for step in spec.steps], "env": spec.env}
    if spec.prompt is not None:
        return _for_a_model(spec)
    return {}


def _for_a_model(spec: TaskSpec) -> dict[str, Any]:
    settings = spec.model_settings.model_dump(mode="json", exclude_none=True) if spec.model_settings else {}
    return {
        "prompt": spec.prompt,
        "model": spec.model,
        "instructions": spec.instructions,
        "tools": spec.tools,
        "model_settings": settings,
        "tool_calls": spec.limits.tool_calls,
        "env": spec.env,
        **({"context": spec.context.value} if spec.context else {}),
    }


def limits_of(workspace: Workspace, spec: TaskSpec) -> dict[str, Any]:
    """The job's limits: its own, else the workspace's, else the deployment's."""
    ours = workspace.default_limits
    given = spec.limits
    environment = settings.INTERLOCK
    return {
        "timeout_ms": _milliseconds(given.timeout) or ours.get("timeout_ms") or environment.task_timeout_ms,
        "max_attempts": given.attempts or ours.get("attempts") or environment.max_task_attempts,
        "token_budget": given.tokens or ours.get("tokens") or TOKENS,
        "turn_budget": given.turns or ours.get("turns") or TURNS,
        "cost_budget": given.cost or ours.get("cost"),
        "cpu": given.cpu or ours.get("cpu"),
        "memory_mb": given.memory_mb or ours.get("memory_mb"),
        "result_ttl_seconds": int(given.result_ttl.total_seconds()) if given.result_ttl else ours.get("result_ttl"),
    }


def _milliseconds(duration: timedelta | None) -> int | None:
    return None if duration is None else max(1, round(duration.total_seconds() * 1000))
