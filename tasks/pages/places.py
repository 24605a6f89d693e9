"""Where a person looks: a workspace of theirs, and a project of it or all. It stands in the address."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.http import HttpRequest

from agents.actor import Actor
from agents.errors import NotAllowed, NotFound
from agents.models import Project, Workspace
from agents.roles import Role

REMEMBERED = "workspace"


@dataclass(frozen=True)
class Choice:
    label: str
    url: str
    current: bool
    projects: tuple[Choice, ...] = ()


@dataclass(frozen=True)
class Place:
    """The workspace and project of a page. `named` is what its addresses must say so that they stay true."""

    workspace: Workspace
    project: Project | None
    actor: Actor
    named: dict[str, str] = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()

    @property
    def label(self) -> str:
        return f"{self.workspace} · {self.project}" if self.project else str(self.workspace)

    def may(self, role: Role) -> bool:
        return self.actor.may(role, self.workspace.id)

    def query(self, **values: str) -> str:
        """`?workspace=acme&state=running`, without what is empty."""
        given = {name: value for name, value in {**self.named, **values}.items() if value}
        return f"?{urlencode(given)}" if given else "?"


def find(request: HttpRequest, actor: Actor, path: str = "") -> Place:
    """The place that the address names, else where the person last was, else their first workspace."""
    workspaces = list(Workspace.objects.for_user(actor))
    if not workspaces:
        raise NotAllowed(f"{actor.label} belongs to no workspace yet; an admin can make a membership.")
    slug = request.GET.get("workspace", "")
    wanted = slug or request.session.get(REMEMBERED, "")
    workspace = next((one for one in workspaces if one.slug == wanted), None)
    if workspace is None:
        if slug:
            raise NotFound(f"There is no workspace {slug[:64]!r} for {actor.label}.")
        workspace = workspaces[0]
    if request.session.get(REMEMBERED) != workspace.slug:
        request.session[REMEMBERED] = workspace.slug
    projects = list(Project.objects.in_workspace(workspace.id))
    project = _project(projects, request.GET.get("project", ""))
    named = {"workspace": workspace.slug} if len(workspaces) > 1 else {}
    if project:
        named["project"] = project.slug
    return Place(
        workspace, project, actor, named, _choices(path or request.path, workspaces, workspace, projects, project)
    )


def _project(projects: list[Project], slug: str) -> Project | None:
    if not slug:
        return None
    found = next((one for one in projects if one.slug == slug), None)
    if found is None:
        raise NotFound(f"There is no project {slug[:64]!r} in this workspace.")
    return found


def _choices(
    path: str, workspaces: list[Workspace], current: Workspace, projects: list[Project], project: Project | None
) -> tuple[Choice, ...]:
    """Every workspace, the current one with its projects; nothing where there is nothing to choose."""
    if len(workspaces) == 1 and not projects:
        return ()
    inner = tuple(
        Choice(str(one), f"{path}?{urlencode({'workspace': current.slug, 'project': one.slug})}", one == project)
        for one in projects
    )
    return tuple(
        Choice(
            str(one),
            f"{path}?{urlencode({'workspace': one.slug})}",
            one == current and project is None,
            inner if one == current else (),
        )
        for one in workspaces
    )
