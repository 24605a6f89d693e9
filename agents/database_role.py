"""The database role that the web processes log in as, which row-level security binds.

`migrate` makes it and grants it, table by table, what each model says in `web_access`. It owns nothing and is a
member of nothing, so it can neither switch a trigger off nor write what only triggers write.
"""

from __future__ import annotations

import hmac
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

WEB_ROLE = "interlock_web"
ALL = "SELECT, INSERT, UPDATE, DELETE"


def web_role_password(secret_key: str) -> str:
    """The role's password: every process that knows SECRET_KEY can derive it, so nobody has to carry it around."""
    return hmac.new(secret_key.encode(), WEB_ROLE.encode(), "sha256").hexdigest()[:32]


def after_migrate(using: str = DEFAULT_DB_ALIAS, **_: Any) -> None:
    """Make the role if it is missing, give it the password of the day, and set its grants anew."""
    connection = connections[using]
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        role = WEB_ROLE
        if given := settings.INTERLOCK.web_database_url:
            role = str(conninfo_to_dict(given)["user"])
        else:
            _make_role(cursor)
        _grant(cursor, role, using)


def _make_role(cursor: Any) -> None:
    password = web_role_password(settings.SECRET_KEY)
    # Two migrations at once (parallel test databases of one cluster) may both find it missing.
    cursor.execute("SELECT pg_advisory_lock(hashtext(%s))", [WEB_ROLE])
    try:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [WEB_ROLE])
        verb = "ALTER" if cursor.fetchone() else "CREATE"
        statement = sql.SQL("{} ROLE {} LOGIN NOINHERIT NOCREATEDB NOCREATEROLE PASSWORD {}")
        cursor.execute(statement.format(sql.SQL(verb), sql.Identifier(WEB_ROLE), sql.Literal(password)))
    finally:
        cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [WEB_ROLE])


def _grant(cursor: Any, role: str, using: str) -> None:
    who = sql.Identifier(role)
    cursor.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(who))
    cursor.execute(sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(who))
    cursor.execute(sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(who))
    there = set(connections[using].introspection.table_names(cursor))
    for table, access in _access().items():
        if table in there:
            cursor.execute(sql.SQL("GRANT {} ON {} TO {}").format(sql.SQL(access), sql.Identifier(table), who))


def _access() -> dict[str, str]:
    models = apps.get_models(include_auto_created=True)
    granted = {m._meta.db_table: getattr(m, "web_access", ALL) for m in models if not m._meta.proxy}
    return granted | {"django_migrations": "SELECT"}
