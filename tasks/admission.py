"""What becomes of a job at the door: blocked by policy, waiting for a person or for others, or queued."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from agents import provider_keys
from agents.models import Workspace
from agents.policy.rules import rules_in, rules_of
from agents.policy.types import Decision
from agents.runtimes.llm import names
from agents.runtimes.llm.local import installed
from tasks.children import budgets
from tasks.models import AgentJob
from tasks.permission import permit
from tasks.spec.errors import Code, InvalidSpec, Problem
from tasks.spec.model import TaskSpec
from tasks.states import RETRIABLE, State

BLOCKED_BY_POLICY = "blocked_by_policy"
POLICY_COLUMNS = (
    *("policy_verdict", "policy_rule", "redacted_fields", "title", "description", "data", "metadata", "tags", "files"),
    *("work", "arguments", "spec", "kind"),
)
"""What admission may change in the row of a job that comes again."""
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
    """Raises InvalidSpec for a prompt without a model, or whose model lacks a key, or is not installed."""
    problems = []
    found: dict[tuple[str, str], str] = {}
    for index, spec in enumerate(specs):
        if spec.prompt is None:
            continue
        path = ("tasks", index, "model")
        if spec.model is None:
            problems.append(Problem(path, Code.MISSING_FIELD, NO_MODEL))
            continue
        provider = names.parse(spec.model).provider
        if provider == names.LOCAL:
            if missing := installed.missing():
                problems.append(Problem(path, Code.RUNTIME_UNAVAILABLE, missing))
            continue
        wanted = provider, (spec.model_settings and spec.model_settings.key) or ""
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
    """Set each job's first state, and what the policy said of it; what it redacts is gone from the row."""
    rules = rules_in(workspace)
    waiting = _unmet(workspace, required)
    for job in jobs:
        decision = permit(rules, job)
        job.policy_verdict, job.policy_rule = decision.verdict.value, decision.rule or ""
        if decision.blocked:
            job.state, job.completed_at = State.FAILED, timezone.now()
            job.error_code, job.error_kind, job.error_message = BLOCKED_BY_POLICY, "permanent", decision.why
        elif decision.asks:
            job.state = State.PENDING_APPROVAL
        else:
            job.state = State.BLOCKED if job.id in waiting else State.QUEUED


def state_again(job: AgentJob) -> tuple[State, str]:
    """Where a job that is admitted again belongs now, and the sentence of the policy where it is blocked."""
    return states_again([job])[job.id]


def states_again(jobs: Sequence[AgentJob]) -> dict[UUID, tuple[State, str]]:
    """The same of many jobs of one workspace. What the policy says now is written into their rows, and what it redacts
    now is gone from them: nothing was ever allowed for good."""
    if not jobs:
        return {}
    workspace = jobs[0].workspace
    rules = rules_of(workspace.id)
    waiting = _unmet(workspace, [(job, row.requires_id) for job in jobs for row in job.dependencies.all()])
    waiting |= budgets.sharing([job.id for job in jobs])
    states: dict[UUID, tuple[State, str]] = {}
    for job in jobs:
        before = _policy_columns(job)
        decision = permit(rules, job)
        job.policy_verdict, job.policy_rule = decision.verdict.value, decision.rule or ""
        if _policy_columns(job) != before:
            mine = AgentJob.objects.in_workspace(workspace.id).filter(pk=job.id, state__in=RETRIABLE)
            mine.update(**_policy_columns(job))
        if decision.blocked:
            states[job.id] = State.FAILED, decision.why
        elif decision.asks:
            states[job.id] = State.PENDING_APPROVAL, ""
        else:
            states[job.id] = (State.BLOCKED if job.id in waiting else State.QUEUED), ""
    return states


def decision_now(job: AgentJob) -> Decision:
    """What the policy says of this submission as the rules are now."""
    return permit(rules_of(job.workspace_id), job)


def state_when_approved(job: AgentJob) -> State:
    """Where a submission belongs that somebody approved."""
    required = [(job, row.requires_id) for row in job.dependencies.all()]
    waits = _unmet(job.workspace, required) or budgets.sharing([job.id])
    return State.BLOCKED if waits else State.QUEUED


def _policy_columns(job: AgentJob) -> dict[str, Any]:
    return {name: getattr(job, name) for name in POLICY_COLUMNS}


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
