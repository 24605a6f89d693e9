"""Rows by plain SQL: a valid one of any model, put there by whoever is logged in."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import psycopg
from django.apps import apps
from django.db import connection as django_connection
from django.db import models
from django.db.models.expressions import DatabaseDefault
from django.utils import timezone
from psycopg.rows import DictRow

from agents.ids import new_id
from agents.models import ApiToken, Membership, Workspace

Connection = psycopg.Connection[DictRow]

READ_BEFORE_THE_TENANT_IS_KNOWN = {Membership, ApiToken}
"""They say which tenants somebody has, so they cannot wait for one."""

_numbers = itertools.count(1)


def tenant_models() -> list[type[models.Model]]:
    """Every model whose rows belong to a workspace, and the workspace itself, found anew: a later one is in it."""
    found = [m for m in apps.get_models() if any(f.name == "workspace" for f in m._meta.concrete_fields)]
    return [Workspace, *(m for m in found if m not in READ_BEFORE_THE_TENANT_IS_KNOWN)]


def tenant_keys(model: type[models.Model]) -> list[models.ForeignKey[Any, Any]]:
    """The model's foreign keys to other tenant rows; the one to the workspace itself is not one."""
    tenants = set(tenant_models()) - {Workspace}
    return [f for f in model._meta.concrete_fields if isinstance(f, models.ForeignKey) and f.related_model in tenants]


def workspace_column(model: type[models.Model]) -> str:
    return "id" if model is Workspace else "workspace_id"


def enter(connection: Connection, *workspaces: UUID, actor: str = "", reason: str = "") -> None:
    """What `tenancy.as_user` does to the open transaction, in SQL."""
    array = "{" + ",".join(map(str, workspaces)) + "}"
    connection.execute(
        "SELECT set_config('interlock.workspaces', %s, true), set_config('interlock.actor', %s, true), "
        "set_config('interlock.reason', %s, true), set_config('interlock.all_workspaces', '', true)",
        [array, actor, reason],
    )


def put(connection: Connection, row: models.Model) -> Any:
    """INSERT the row as it is; returns it with its id."""
    given = {}
    for field in row._meta.concrete_fields:
        value = field.pre_save(row, add=True)
        if isinstance(value, DatabaseDefault) or isinstance(field, models.AutoField):
            continue
        given[field.column] = field.get_db_prep_save(value, django_connection)
    columns, places = ", ".join(f'"{name}"' for name in given), ", ".join(["%s"] * len(given))
    connection.execute(f"INSERT INTO {row._meta.db_table} ({columns}) VALUES ({places})", list(given.values()))
    return row


def sample(connection: Connection, model: type[models.Model], workspace: UUID, **values: Any) -> Any:
    """Put a valid row of the model into the workspace, with rows of its own for what it must point at."""
    if model is not Workspace:
        values["workspace_id"] = workspace
    for field in model._meta.concrete_fields:
        if field.name not in values and field.attname not in values and _is_needed(field):
            values[field.attname] = _value(connection, field, workspace)
    return put(connection, model(**values))


def new_workspace(connection: Connection) -> UUID:
    """A workspace in which the transaction then is."""
    id = new_id()
    enter(connection, id)
    put(connection, Workspace(id=id, slug=f"w-{id}", name="Some"))
    return id


def scalar(connection: Connection, query: str, params: Iterable[Any] = ()) -> Any:
    row = connection.execute(query, list(params)).fetchone()
    return None if row is None else next(iter(row.values()))


def _is_needed(field: models.Field[Any, Any]) -> bool:
    has_default = field.has_default() or field.db_default is not models.NOT_PROVIDED
    return not (field.null or has_default or isinstance(field, models.AutoField) or getattr(field, "blank", False))


def _value(connection: Connection, field: models.Field[Any, Any], workspace: UUID) -> Any:
    if isinstance(field, models.ForeignKey):
        return sample(connection, field.related_model, workspace).pk
    if field.choices:
        return next(iter(field.choices))[0]
    if isinstance(field, models.IntegerField):
        return next(_numbers)
    if isinstance(field, models.DateTimeField):
        return timezone.now()
    if isinstance(field, models.UUIDField):
        return new_id()
    if isinstance(field, models.BinaryField):
        return b"sealed"
    if isinstance(field, models.CharField):
        return f"{field.name}-{next(_numbers)}"[-(field.max_length or 20) :]
    return ""
