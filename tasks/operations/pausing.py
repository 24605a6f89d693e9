"""Pause and resume what starts jobs: a session, a project, a workspace, or everything. What runs goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from django.db.models.functions import Now

from agents import tenancy
from agents.actor import Actor
from agents.errors import InvalidInput, NotAllowed, NotFound
from agents.models import Project, Session, Workspace
from agents.roles import Role
from tasks.models import AgentJob
from tasks.models.platform import ONLY, PlatformState
from tasks.places import workspace_named
from tasks.querysets import JobQuerySet


@dataclass(frozen=True)
class Asked:
    """What somebody names: a session or project by name, a workspace by slug, or everything."""

    workspace: str = ""
    project: str = ""
    session: str = ""
    everything: bool = False

    def __post_init__(self) -> None:
        if self.project and self.session:
            raise InvalidInput("Name a session or a project, not both.")
        if self.everything and (self.workspace or self.project or self.session):
            raise InvalidInput("Everything is every workspace; name no workspace, project or session with it.")


@dataclass(frozen=True)
class Scope:
    """A session, project or workspace, or the platform; `kind` is its word, `name` what people call it."""

    kind: str
    name: str
    row: Any
    workspace: Workspace | None = None

    @classmethod
    def find(cls, actor: Actor, asked: Asked) -> Self:
        """Raises NotFound, NotAllowed, and InvalidInput where it could be of several workspaces."""
        if asked.everything:
            if not actor.platform_admin:
                raise NotAllowed("Only a platform admin may pause, resume or stop everything; name a workspace.")
            return cls("platform", "everything", PlatformState.objects.get_or_create(name=ONLY)[0])
        workspace = workspace_named(actor, asked.workspace)
        actor.require(Role.OPERATOR, workspace.id, "pause, resume and stop work")
        if asked.project:
            return cls("project", asked.project, _named(Project, workspace, slug=asked.project), workspace)
        if asked.session:
            return cls("session", asked.session, _named(Session, workspace, name=asked.session), workspace)
        return cls("workspace", workspace.slug, workspace, workspace)

    @property
    def jobs(self) -> JobQuerySet:
        """Those of it, within the open tenancy."""
        match self.kind:
            case "platform":
                return AgentJob.objects.all()
            case "workspace":
                return AgentJob.objects.in_workspace(self.row.pk)
            case kind:
                return AgentJob.objects.in_workspace(self.row.workspace_id).filter(**{kind: self.row})


def pause(scope: Scope, reason: str = "") -> None:
    """Start nothing more of it. The event tells who did it, and why."""
    tenancy.say_reason(reason)
    _rows(scope).filter(paused_at=None).update(paused_at=Now())
    scope.row.refresh_from_db()


def resume(scope: Scope, reason: str = "") -> None:
    tenancy.say_reason(reason)
    _rows(scope).exclude(paused_at=None).update(paused_at=None)
    scope.row.refresh_from_db()


def _rows(scope: Scope) -> Any:
    return type(scope.row).objects.filter(pk=scope.row.pk)


def _named(model: Any, workspace: Workspace, **name: str) -> Any:
    found = model.objects.in_workspace(workspace.id).filter(**name).first()
    if found is None:
        [said] = name.values()
        raise NotFound(f"There is no {model._meta.verbose_name} {said[:64]!r} in the workspace {workspace.slug}.")
    return found
