"""Whose rows: querysets that name the reader, over the database's own row-level security.

Application code reads tenant rows through `for_user` or `in_workspace`. Under that, the web logs in as a role
that row-level security binds (see `agents.database_role`), so a query that forgot its filter sees the tenants of
the open context only, and without a context nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from django.db import connection, models, transaction

from agents.errors import NotAllowed, NotFound
from agents.round_trips import before_the_next

if TYPE_CHECKING:
    from agents.actor import Actor


class TenantQuerySet(models.QuerySet[Any]):
    """Rows that belong to a workspace."""

    workspace_field = "workspace_id"

    def for_user(self, actor: Actor) -> Self:
        """Only rows of workspaces that the actor may see."""
        return self._in(actor.workspaces)

    def in_workspace(self, workspace_id: UUID) -> Self:
        return self._in([workspace_id])

    def _in(self, workspaces: list[UUID]) -> Self:
        if len(workspaces) == 1:
            return self.filter(**{self.workspace_field: workspaces[0]})
        return self.filter(**{f"{self.workspace_field}__in": workspaces})

    def find(self, actor: Actor, id: UUID | str, what: str = "row") -> Any:
        """The row with that id, if the actor may see it; another tenant's id is as unknown as any."""
        try:
            found = self.for_user(actor).filter(pk=UUID(str(id))).first()
        except ValueError:
            found = None
        if found is None:
            raise NotFound(f"There is no {what} {str(id)[:64]}.")
        return found


class WorkspaceQuerySet(TenantQuerySet):
    workspace_field = "pk"


@contextmanager
def as_user(actor: Actor, *, reason: str = "") -> Iterator[Actor]:
    """One transaction in which the actor's workspaces, and no others, are there; events name the actor."""
    settings = _settings(workspaces=_array(actor.workspaces), actor=actor.name, reason=reason, all_workspaces="")
    with transaction.atomic(), before_the_next(*settings):
        yield actor


@contextmanager
def as_platform(actor: Actor, *, path: str, reason: str = "") -> Iterator[Actor]:
    """One transaction in which every workspace is there, for platform admins only; each use is on record."""
    from agents.models import PlatformAccess

    if not actor.platform_admin:
        raise NotAllowed("Only a platform admin may look into all workspaces.")
    settings = _settings(workspaces="", actor=actor.name, reason=reason, all_workspaces="on")
    with transaction.atomic(), before_the_next(*settings):
        PlatformAccess.objects.create(user_id=int(actor.id), path=path[:500], reason=reason[:200])
        yield actor


@contextmanager
def as_platform_part(name: str, *, reason: str = "") -> Iterator[None]:
    """One transaction of the platform's own processes (they log in as the owner); events name the part."""
    with (
        transaction.atomic(),
        before_the_next(*_settings(workspaces="", actor=name, reason=reason, all_workspaces="on")),
    ):
        yield


def say_reason(reason: str) -> None:
    """Set the reason that events of the open transaction carry from here on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('interlock.reason', %s, true)", [reason])


def say_actor(name: str) -> None:
    """Set whom events of the open transaction name from here on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('interlock.actor', %s, true)", [name])


def _array(ids: Iterable[UUID]) -> str:
    return "{" + ",".join(map(str, ids)) + "}"


def _settings(**values: str) -> tuple[str, list[str]]:
    settings = ", ".join("set_config(%s, %s, true)" for _ in values)
    return f"SELECT {settings}", [part for name, value in values.items() for part in (f"interlock.{name}", value)]
