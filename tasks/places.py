"""Where the jobs of a submission belong: workspace, project, session, agent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, cast

from django.db import connection
from django.db.models import Field, Model

from agents.actor import Actor
from agents.errors import Conflict, InvalidInput, NotFound
from agents.models import Project, Session, Workspace
from agents.roles import Role
from agents.round_trips import read_together
from tasks import homes
from tasks.agents import Agents
from tasks.spec.model import TaskSpec
from tasks.unknown import UnknownPlace

M = TypeVar("M", bound=Model)


class SessionClosed(Conflict):
    code, title = "session_closed", "The session is closed"


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
    if len(actor.workspaces) > 1:
        raise InvalidInput("You belong to several workspaces; name one as `workspace` in the spec.")
    choice = Workspace.objects.for_user(actor).first()
    if choice is None:
        raise NotFound(f"{actor.label} belongs to no workspace; ask an admin for a membership.")
    return choice


def workspace_named(actor: Actor, slug: str, role: Role = Role.VIEWER) -> Workspace:
    """The workspace of that slug, else the only one in which the actor has the role. Raises NotFound, NotAllowed, and
    InvalidInput where it could be several."""
    found = list(Workspace.objects.for_user(actor).filter(**({"slug": slug} if slug else {})))
    if not found:
        raise NotFound(f"There is no workspace {slug!r} for {actor.label}." if slug else "You have no workspace.")
    fitting = [each for each in found if actor.may(role, each.id)] or found
    if len(fitting) > 1:
        slugs = ", ".join(sorted(each.slug for each in fitting))
        raise InvalidInput(f"Say which workspace: {slugs}.")
    return fitting[0]


WORKSPACE = "SELECT *, xmin::text AS mark FROM agents_workspace WHERE id = %s"
SESSIONS = """
    SELECT *, clock_timestamp() AS seen_at, xmin::text AS mark FROM agents_session
    WHERE workspace_id = %s AND name = ANY(%s) ORDER BY id FOR SHARE
"""


def home_of(actor: Actor, specs: Sequence[TaskSpec]) -> tuple[Workspace, dict[str, Session]]:
    """The workspace of the specs and those of their sessions that are there, locked.

    Most have but one workspace to name: then both are one question to the database.
    """
    names = list({spec.session for spec in specs})
    if len(actor.workspaces) == 1 and not any(spec.workspace for spec in specs):
        [id] = actor.workspaces
        actor.require(Role.OPERATOR, id, "submit tasks")
        found, sessions = read_together((WORKSPACE, [id]), (SESSIONS, [id, names]))
        if found:
            workspace, known = _loaded(Workspace, found[0]), _by_name(sessions)
            homes.remember(workspace, known.values())
            return workspace, known
    workspace = workspace_for(actor, specs)
    actor.require(Role.OPERATOR, workspace.id, "submit tasks")
    return workspace, _locked_sessions(workspace, names)


def _loaded(model: type[M], row: dict[str, Any]) -> M:
    """The row as the ORM would have read it; what is no field stands beside them."""
    fields = model._meta.concrete_fields
    values = [_converted(field, row.pop(str(field.column))) for field in fields]
    loaded = model.from_db(connection.alias, [field.attname for field in fields], values)
    vars(loaded).update(row)
    return loaded


def _converted(field: Field[Any, Any], value: Any) -> Any:
    for convert in field.get_db_converters(connection):
        value = convert(value, None, connection)
    return value


@dataclass(frozen=True)
class Places:
    """What the names in the specs mean in one workspace, and the database's time of the submission."""

    now: datetime
    sessions: dict[str, Session]
    projects: dict[str, Project]
    agents: Agents

    @classmethod
    def find_or_make(
        cls, actor: Actor, workspace: Workspace, specs: Sequence[TaskSpec], known: dict[str, Session]
    ) -> Places:
        """`known` are those of the sessions that are there, locked, as `home_of` gives them."""
        projects = _projects(workspace, {spec.project for spec in specs if spec.project})
        sessions = _sessions(actor, workspace, {spec.session for spec in specs}, known)
        agents = Agents(workspace.id, {spec.agent for spec in specs if spec.agent})
        return cls(_seen_at(sessions), sessions, projects, agents)


def _sessions(actor: Actor, workspace: Workspace, names: set[str], known: dict[str, Session]) -> dict[str, Session]:
    """Make those that are new; all of them are open, and kept from being closed until we commit."""
    found = dict(known)
    if missing := names - found.keys():
        fresh = [Session(workspace=workspace, name=name, opened_by=actor.name[:200]) for name in sorted(missing)]
        Session.objects.bulk_create(fresh, ignore_conflicts=True)
        found |= _locked_sessions(workspace, missing)
    for session in found.values():
        if session.closed_at is not None:
            raise SessionClosed(f"The session {session.name!r} is closed and takes no more tasks; name another.")
    return found


def _locked_sessions(workspace: Workspace, names: Iterable[str]) -> dict[str, Session]:
    [rows] = read_together((SESSIONS, [workspace.id, list(names)]))
    return _by_name(rows)


def _by_name(rows: Iterable[dict[str, Any]]) -> dict[str, Session]:
    sessions = (_loaded(Session, row) for row in rows)
    return {session.name: session for session in sessions}


def _seen_at(sessions: dict[str, Session]) -> datetime:
    """The database's time, which was read along with the sessions."""
    (*_, session) = sessions.values()
    return cast(datetime, vars(session)["seen_at"])


def _projects(workspace: Workspace, slugs: set[str]) -> dict[str, Project]:
    if not slugs:
        return {}
    found = {p.slug: p for p in Project.objects.in_workspace(workspace.id).filter(slug__in=slugs)}
    if missing := sorted(slugs - found.keys()):
        message = f"There is no project {missing[0]!r} in this workspace; make it first or correct the name."
        raise UnknownPlace.at("project", message)
    return found


def now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]
