"""Workspaces with people in them, and what they submit."""

from __future__ import annotations

import itertools
from typing import Any

from agents import provider_keys, tenancy
from agents.actor import Actor
from agents.models import Workspace
from agents.roles import Role
from tasks.spec import from_value
from tasks.spec.choices import JobType
from tasks.spec.model import TaskSpec
from tasks.submit import Submission, submit

_numbers = itertools.count(1)


def new_workspace(**settings: Any) -> Workspace:
    slug = settings.pop("slug", f"workspace-{next(_numbers)}")
    return Workspace.objects.create(slug=slug, name=slug.title(), **settings)


MODEL = {"prompt": "Do it.", "model": "openai-compatible:scripted-1"}


def with_a_model() -> Workspace:
    """A workspace that may have the model of MODEL do work."""
    made = new_workspace()
    admin = member(made, role=Role.ADMIN, name="eve")
    with tenancy.as_user(admin):
        provider_keys.add(admin, made, "openai-compatible", "sk-of-a-test", base_url="http://127.0.0.1:9")
    return made


def member(*workspaces: Workspace, role: Role = Role.OPERATOR, kind: str = "user", name: str = "ann") -> Actor:
    return Actor(kind, f"{kind}-{name}", name, {workspace.id: role for workspace in workspaces})


def specs(*tasks: dict[str, Any]) -> list[TaskSpec]:
    """Specs as a document gives them; a task that says nothing of its work runs `true`."""
    return from_value({"tasks": [_with_work(task) for task in tasks]}, types=frozenset(JobType))


def submitted(actor: Actor, *tasks: dict[str, Any], key: str = "") -> Submission:
    """Submit them as every way in does; by default one task."""
    with tenancy.as_user(actor):
        return submit(actor, specs(*(tasks or ({},))), idempotency_key=key)


def _with_work(task: dict[str, Any]) -> dict[str, Any]:
    has_work = (
        task.keys() & {"command", "steps", "tool", "prompt"} or task.get("type", "execute-task") != "execute-task"
    )
    return task if has_work else {"command": ["true"], **task}
