"""Two logins to the test database, by plain SQL: the owner, and the role that the web processes log in as."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.conf import settings
from django.db import connection, models
from psycopg.rows import dict_row

from agents.database_role import WEB_ROLE, web_role_password
from tests.committing import logged_in_as_web
from tests.database import rows
from tests.database.rows import Connection

Login = Callable[[str], Connection]


@pytest.fixture(scope="session")
def login(django_db_setup: None) -> Iterator[Login]:
    """Opens a connection as `owner` or `web`; all of them are closed at the end."""
    opened: list[Connection] = []

    def connect(who: str) -> Connection:
        there = connection.settings_dict
        user, password = there["USER"], there["PASSWORD"]
        if who == "web":
            user, password = WEB_ROLE, web_role_password(settings.SECRET_KEY)
        fresh = psycopg.connect(
            host=there["HOST"],
            port=there["PORT"],
            dbname=there["NAME"],
            user=user,
            password=password,
            row_factory=dict_row,
        )
        opened.append(fresh)
        return fresh

    yield connect
    for each in opened:
        each.close()


@pytest.fixture(scope="session")
def logins(login: Login) -> dict[str, Connection]:
    return {who: login(who) for who in ("owner", "web")}


@pytest.fixture
def owner(db: None, logins: dict[str, Connection]) -> Iterator[Connection]:
    """The owner, in a transaction that leaves nothing behind."""
    yield logins["owner"]
    logins["owner"].rollback()


@pytest.fixture
def web(db: None, logins: dict[str, Connection]) -> Iterator[Connection]:
    """The web role, in a transaction that leaves nothing behind."""
    yield logins["web"]
    logins["web"].rollback()


@pytest.fixture(params=["owner", "web"])
def either(request: pytest.FixtureRequest, db: None, logins: dict[str, Connection]) -> Iterator[Connection]:
    """Each of the two in turn."""
    yield logins[request.param]
    logins[request.param].rollback()


@pytest.fixture
def as_web() -> Iterator[None]:
    """Django itself is logged in as the web role. For tests that commit."""
    with logged_in_as_web():
        yield


@dataclass(frozen=True)
class Tenants:
    """Two workspaces, each with one row in every tenant table."""

    here: UUID
    there: UUID
    rows: dict[UUID, dict[type[models.Model], Any]]

    def id(self, model: type[models.Model], workspace: UUID) -> Any:
        return self.rows[workspace][model]


@pytest.fixture(scope="module")
def tenants(login: Login) -> Iterator[Tenants]:
    """They are committed, so that the web role sees what it may see; gone at the module's end."""
    filling = login("owner")
    made: dict[UUID, dict[type[models.Model], Any]] = {}
    for _ in range(2):
        workspace = rows.new_workspace(filling)
        made[workspace] = {rows.Workspace: workspace} | {
            model: rows.sample(filling, model, workspace).pk for model in rows.tenant_models()[1:]
        }
    for workspace, ids in made.items():  # the database numbers these itself
        for model in ids:
            if isinstance(model._meta.pk, models.AutoField):
                newest = f"SELECT max(id) FROM {model._meta.db_table} WHERE workspace_id = %s"
                ids[model] = rows.scalar(filling, newest, [workspace])
    filling.commit()
    here, there = made
    yield Tenants(here, there, made)
    filling.execute("TRUNCATE agents_workspace, tasks_event CASCADE")
    filling.commit()
