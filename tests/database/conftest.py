"""Two logins to the test database, by plain SQL: the owner, and the role that the web processes log in as."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from psycopg.rows import DictRow, dict_row

from agents.database_role import WEB_ROLE, web_role_password

Connection = psycopg.Connection[DictRow]
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
def connections(login: Login) -> dict[str, Connection]:
    return {who: login(who) for who in ("owner", "web")}


@pytest.fixture
def owner(db: None, connections: dict[str, Connection]) -> Iterator[Connection]:
    """The owner, in a transaction that leaves nothing behind."""
    yield connections["owner"]
    connections["owner"].rollback()


@pytest.fixture
def web(db: None, connections: dict[str, Connection]) -> Iterator[Connection]:
    """The web role, in a transaction that leaves nothing behind."""
    yield connections["web"]
    connections["web"].rollback()


@pytest.fixture(params=["owner", "web"])
def either(request: pytest.FixtureRequest, db: None, connections: dict[str, Connection]) -> Iterator[Connection]:
    """Each of the two in turn."""
    yield connections[request.param]
    connections[request.param].rollback()
