"""Where the jobs of a submission belong: workspace, project, session, agent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.db import connection
from django.db.models import Q

from agents.actor import Actor
from agents.errors import Conflict, Detail, InvalidInput, NotFound
from agents.models import Agent, Project, Session, Workspace
from tasks.spec.fields import is_job_id
from tasks.spec.model import TaskSpec


class SessionClosed(Conflict):
    code, title = "session_closed", "The session is closed"


class UnknownPlace(InvalidInput):
    code, title = "unknown_reference", "The spec names something that is not there"


def workspace_for(actor: Actor, specs: Sequence[TaskSpec]) -> Workspace:
    """The one workspace that the specs name, else the only one that the actor has."""
    named = {spec.workspace for spec in specs if spec.workspace}
    if len(named) > 1:
        raise InvalidInput(f"One submission goes to one workspace, but this names {', '.join(sorted(named))}.")
    if named:
        slug = named.pop()
        found = Workspace.objects.for_user(actor).filter(slug=slug).first()
        if found is None:
            raise NotFound(f"There is no workspace {slug!r} for {actor.label}.")
        return found
    choices = list(Workspace.objects.raw("SELECT * FROM agents_workspace WHERE id = ANY(%s)", [actor.workspaces[:2]]))
    if not choices:
        raise NotFound(f"{actor.label} belongs to no workspace; ask an admin for a membership.")
    if len(choices) > 1:
        raise InvalidInput("You belong to several workspaces; name one as `workspace` in the spec.")
    return choices[0]


@dataclass(frozen=True)
class Places:
    """What the names in the specs mean in one workspace, and the database's time of the submission."""

    now: datetime
    sessions: dict[str, Session]
    projects: dict[str, Project]
    agents: dict[str, Agent]

    @classmethod
    def find_or_make(cls, actor: Actor, workspace: Workspace, specs: Sequence[TaskSpec]) -> Places:
        projects = _projects(workspace, {spec.project for spec in specs if spec.project})
        sessions = _sessions(actor, workspace, {spec.session for spec in specs})
        agents = _agents(workspace, {spec.agent for spec in specs if spec.agent})
        return cls(_seen_at(sessions), sessions, projects, agents)


def _sessions(actor: Actor, workspace: Workspace, names: set[str]) -> dict[str, Session]:
    """Find the open sessions, make those that are new, and keep them from being closed until we commit."""
    found = _locked_sessions(workspace, names)
    if missing := names - found.keys():
        fresh = [Session(workspace=workspace, name=name, opened_by=actor.name[:200]) for name in sorted(missing)]
        Session.objects.bulk_create(fresh, ignore_conflicts=True)
        found |= _locked_sessions(workspace, missing)
    for session in found.values():
        if session.closed_at is not None:
            raise SessionClosed(f"The session {session.name!r} is closed and takes no more tasks; name another.")
    return found


def _locked_sessions(workspace: Workspace, names: Iterable[str]) -> dict[str, Session]:
    rows = Session.objects.raw(
        "SELECT *, clock_timestamp() AS seen_at FROM agents_session "
        "WHERE workspace_id = %s AND name = ANY(%s) ORDER BY id FOR SHARE",
        [workspace.id, list(names)],
    )
    return {session.name: session for session in rows}


def _seen_at(sessions: dict[str, Session]) -> datetime:
    """The database's time, which was read along with the sessions."""
    (*_, session) = sessions.values()
    return cast(datetime, vars(session)["seen_at"])


def _projects(workspace: Workspace, slugs: set[str]) -> dict[str, Project]:
    if not slugs:
        return {}
    found = {p.slug: p for p in Project.objects.in_workspace(workspace.id).filter(slug__in=slugs)}
    _all_found("project", "project", slugs, found)
    return found


def _agents(workspace: Workspace, names: set[str]) -> dict[str, Agent]:
    if not names:
        return {}
    ids = [UUID(name) for name in names if is_job_id(name)]
    rows = Agent.objects.in_workspace(workspace.id).filter(Q(name__in=names) | Q(pk__in=ids))
    found = {key: agent for agent in rows for key in (agent.name, str(agent.id))}
    _all_found("agent", "agent", names, found)
    return found


def _all_found(field: str, what: str, asked: set[str], found: dict[str, Any]) -> None:
    if missing := sorted(asked - found.keys()):
        message = f"There is no {what} {missing[0]!r} in this workspace; make it first or correct the name."
        raise UnknownPlace(message, details=[Detail(message, UnknownPlace.code, path=field)])


def now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]
