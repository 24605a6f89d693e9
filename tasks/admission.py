"""What becomes of a job at the door: blocked by policy, waiting for others, or queued."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from agents import provider_keys
from agents.models import Workspace
from agents.policy.engine import decide as decide_policy
from agents.policy.rules import rules_in, rules_of
from agents.runtimes.llm import names
from tasks.models import AgentJob
from tasks.spec.errors import Code, InvalidSpec, Problem
from tasks.spec.model import TaskSpec
from tasks.states import State

BLOCKED_BY_POLICY = "blocked_by_policy"
NO_MODEL = f"The task names no model; write one such as {names.EXAMPLES[names.ANTHROPIC]}."

Asked = Sequence[tuple[TaskSpec, AgentJob]]
"""The specs of one submission, what is depended on first, each with its unsaved job."""


def refuse_past_deadlines(specs: Sequence[TaskSpec], now: datetime) -> None:
    """Raises InvalidSpec for a deadline that no task could meet."""
    problems = [
        Problem(("tasks", index, "deadline"), Code.INVALID_VALUE, "The deadline has passed already; give a later one.")
        for index, spec in enumerate(specs)
        if spec.deadline is not None and spec.deadline <= now
    ]
    if problems:
        raise InvalidSpec([problem.detail() for problem in problems])


def refuse_missing_models(workspace: Workspace, specs: Sequence[TaskSpec]) -> None:
    """Raises InvalidSpec for a prompt without a model, or whose model the workspace has no key for."""
    problems = []
    found: dict[tuple[str, str], str] = {}
    for index, spec in enumerate(specs):
        if spec.prompt is None:
            continue
        path = ("tasks", index, "model")
        if spec.model is None:
            problems.append(Problem(path, Code.MISSING_FIELD, NO_MODEL))
            continue
        wanted = names.parse(spec.model).provider, (spec.model_settings and spec.model_settings.key) or ""
        if wanted not in found:
            found[wanted] = _missing_key(workspace, *wanted)
        if found[wanted]:
            problems.append(Problem(path, Code.MISSING_PROVIDER_KEY, found[wanted]))
    if problems:
        raise InvalidSpec([problem.detail() for problem in problems])


def _missing_key(workspace: Workspace, provider: str, name: str) -> str:
    try:
        provider_keys.choose(workspace.id, provider, name)
    except provider_keys.MissingProviderKey as problem:
        return problem.message
    return ""


def dependencies(workspace: Workspace, specs: Sequence[TaskSpec], asked: Asked) -> list[tuple[AgentJob, UUID]]:
    """Each job with each one it requires: keys are of this batch, ids of jobs of the same workspace.

    Raises InvalidSpec for an id that is not there, by its place in `specs`, the order that the submitter wrote;
    another workspace's job is not there either.
    """
    ids: dict[str, UUID] = {spec.key: job.id for spec, job in asked if spec.key}
    outside = {name for spec, _ in asked for name in spec.depends_on if name not in ids}
    if outside:
        found = AgentJob.objects.in_workspace(workspace.id).filter(pk__in=outside).values_list("pk", flat=True)
        ids |= {name: UUID(name) for name in outside if UUID(name) in set(found)}
    problems = [
        Problem(("tasks", index, "depends_on", place), Code.UNKNOWN_DEPENDENCY, f"There is no job {name} to depend on.")
        for index, spec in enumerate(specs)
        for place, name in enumerate(spec.depends_on)
        if name not in ids
    ]
    if problems:
        raise InvalidSpec([problem.detail() for problem in problems])
    return [(job, ids[name]) for spec, job in asked for name in spec.depends_on]


def decide(workspace: Workspace, jobs: Sequence[AgentJob], required: Sequence[tuple[AgentJob, UUID]]) -> None:
    """Set each job's first state, and what the policy said of it."""
    rules = rules_in(workspace)
    decisions = {tool: decide_policy(rules, tool) for tool in {_tool(job) for job in jobs}}
    waiting = _unmet(workspace, required)
    for job in jobs:
        decision = decisions[_tool(job)]
        job.policy_verdict, job.policy_rule = decision.verdict.value, decision.rule or ""
        if decision.blocked:
            job.state, job.completed_at = State.FAILED, timezone.now()
            job.error_code, job.error_kind, job.error_message = BLOCKED_BY_POLICY, "permanent", decision.why
        else:
            job.state = State.BLOCKED if job.id in waiting else State.QUEUED


def state_again(job: AgentJob) -> tuple[State, str]:
    """Where a job that is admitted again belongs now, and the sentence of the policy where it is blocked."""
    return states_again([job])[job.id]


def states_again(jobs: Sequence[AgentJob]) -> dict[UUID, tuple[State, str]]:
    """The same of many jobs of one workspace."""
    if not jobs:
        return {}
    workspace = jobs[0].workspace
    rules = rules_of(workspace.id)
    decisions = {tool: decide_policy(rules, tool) for tool in {_tool(job) for job in jobs}}
    waiting = _unmet(workspace, [(job, row.requires_id) for job in jobs for row in job.dependencies.all()])
    states: dict[UUID, tuple[State, str]] = {}
    for job in jobs:
        decision = decisions[_tool(job)]
        if decision.blocked:
            states[job.id] = State.FAILED, decision.why
        else:
            states[job.id] = (State.BLOCKED if job.id in waiting else State.QUEUED), ""
    return states


def _unmet(workspace: Workspace, required: Sequence[tuple[AgentJob, UUID]]) -> set[UUID]:
    """The jobs that wait for one that has not completed; what is made in this batch has not."""
    others = {other for _, other in required}
    done = set(
        AgentJob.objects.in_workspace(workspace.id)
        .filter(pk__in=others, state=State.COMPLETED)
        .values_list("pk", flat=True)
        if others
        else ()
    )
    return {job.id for job, other in required if other not in done}


def _tool(job: AgentJob) -> str:
    """The name under which the policy sees a submission."""
    return f"submit.{job.runtime or job.type}"
