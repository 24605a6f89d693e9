"""A submission by a job: what its jobs inherit, where they stand in the family, and what they may use."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.db import connection

from agents.errors import Conflict, InvalidInput
from tasks.children import budgets
from tasks.models import AgentJob, Child
from tasks.spec.model import ModelSettings, TaskSpec
from tasks.spec.priorities import Priority
from tasks.states import State


class TooManyChildren(Conflict):
    code: ClassVar[str] = "too_many_children"
    title: ClassVar[str] = "The job has submitted too many jobs"


class TooDeep(Conflict):
    code: ClassVar[str] = "too_deep"
    title: ClassVar[str] = "Jobs have submitted jobs too deep"


class WaitsForItself(InvalidInput):
    code: ClassVar[str] = "waits_for_itself"
    title: ClassVar[str] = "The job would wait for itself"


@dataclass(frozen=True)
class Parent:
    """The running job that submits, whose row is locked, and the call by which it does so."""

    job: AgentJob
    call: str
    awaited: bool

    def adopt(self, jobs: Sequence[AgentJob]) -> list[Child]:
        """Make these unsaved jobs its children; returns the rows that say so. Raises an InterlockError.

        Those that live on its budget wait, blocked, until the leader has given them their part.
        """
        self._refuse_too_many(len(jobs))
        spenders = [job for job in jobs if budgets.may_spend(job)]
        budgets.share_out(self.job, spenders)
        for job in spenders:
            if job.state == State.QUEUED:
                job.state = State.BLOCKED
        ids = {job.id for job in spenders}
        return [
            Child(
                workspace=job.workspace,
                job=job,
                parent=self.job,
                call=self.call,
                awaited=self.awaited,
                shares_budget=job.id in ids,
            )
            for job in jobs
        ]

    def _refuse_too_many(self, count: int) -> None:
        ours = settings.INTERLOCK
        there = Child.objects.in_workspace(self.job.workspace_id).filter(parent=self.job).count()
        if there + count > ours.max_children:
            raise TooManyChildren(
                f"The job has submitted {there:,} jobs, and at most {ours.max_children:,} may be; of the {count:,} "
                "that it asked for now none was submitted."
            )
        if len(line_of(self.job.id)) > ours.max_child_depth:
            raise TooDeep(
                f"The job stands {ours.max_child_depth} jobs below one that a person or program submitted; so deep it "
                "submits none."
            )


def inheriting(parent: AgentJob, specs: Iterable[TaskSpec]) -> list[TaskSpec]:
    """The specs with what they do not say as their parent has it: session, project, priority, and the model."""
    return [spec.model_copy(update=_inherited(parent, spec)) for spec in specs]


def _inherited(parent: AgentJob, spec: TaskSpec) -> dict[str, Any]:
    said = spec.model_fields_set
    found: dict[str, Any] = {}
    if "session" not in said:
        found["session"] = parent.session.name
    if "project" not in said and parent.project is not None:
        found["project"] = parent.project.slug
    if spec.priority is None:
        found["priority"] = Priority(parent.priority)
    if spec.prompt is not None and spec.model is None and parent.work.get("model"):
        found["model"] = parent.work["model"]
        if spec.model_settings is None and parent.work.get("model_settings"):
            found["model_settings"] = ModelSettings.model_validate(parent.work["model_settings"])
    return found


def line_of(job: UUID) -> list[UUID]:
    """The job, the one that submitted it, and so on."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE line AS (
                SELECT %s::uuid AS id, 0 AS up
                UNION ALL
                SELECT child.parent_id, line.up + 1 FROM line JOIN tasks_child child ON child.job_id = line.id
            ) SELECT id FROM line ORDER BY up
            """,
            [job],
        )
        return [row[0] for row in cursor.fetchall()]


def refuse_circle(parent: UUID, awaited: Collection[UUID]) -> None:
    """Raises WaitsForItself where one of these could only end after the parent, which is to wait for them: through what
    they depend on, and through the children that those wait for."""
    if not awaited:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE needed AS (
                SELECT unnest(%(awaited)s::uuid[]) AS id
                UNION
                SELECT further.id FROM needed CROSS JOIN LATERAL (
                    SELECT requires_id AS id FROM tasks_dependency WHERE job_id = needed.id
                    UNION ALL
                    SELECT job_id FROM tasks_child WHERE parent_id = needed.id AND awaited
                ) AS further
            ) SELECT job.title FROM needed JOIN tasks_agentjob job USING (id) WHERE id = ANY(%(line)s) LIMIT 1
            """,
            {"awaited": list(awaited), "line": line_of(parent)},
        )
        found = cursor.fetchone()
    if found is not None:
        raise WaitsForItself(
            f"A task that the job waits for depends on “{found[0]}”, which cannot end before this job does; leave that "
            "dependency out, or do not wait."
        )
