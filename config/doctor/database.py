"""What stands in the database: tables of this version, the guards over them, and what the web may touch."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from agents import database_role
from agents.database_role import web_role_password
from config.connections import with_login
from config.doctor.check import Check, right, wrong

MIGRATE = "Run `interlock migrate`; `interlock up` does it at its start."


def migrations() -> Iterator[Check]:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        first = missing[0][0]
        yield wrong("migrations", f"{len(missing)} migrations are missing, the first is {first}.", MIGRATE)
    else:
        yield right("migrations", "The tables are those of this version.")


def guards() -> Iterator[Check]:
    """The triggers that keep the state machine, and row-level security."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*), count(*) FILTER (WHERE tgenabled = 'D') FROM pg_trigger
            WHERE tgrelid = 'tasks_agentjob'::regclass AND NOT tgisinternal
            """
        )
        there, off = cursor.fetchone()
        tables = [model._meta.db_table for model in apps.get_models() if hasattr(model, "workspace_id")]
        cursor.execute("SELECT relname FROM pg_class WHERE relname = ANY(%s) AND relrowsecurity", [tables])
        guarded = {row[0] for row in cursor.fetchall()}
    if off or not there:
        yield wrong("triggers", f"{off or 'All'} of the triggers over the jobs are off.", "Enable them, " + MIGRATE)
    else:
        yield right("triggers", f"All {there} triggers over the jobs are on.")
    yield from _row_security(guarded)


def _row_security(guarded: set[str]) -> Iterator[Check]:
    """Tables whose rows carry a workspace, but for those that are read before the tenant is known."""
    open_to_all = {"agents_membership", "agents_apitoken"}
    tenant = {m._meta.db_table for m in apps.get_models() if any(f.name == "workspace" for f in m._meta.fields)}
    if bare := sorted(tenant - guarded - open_to_all):
        yield wrong("row security", f"It is off for {', '.join(bare)}.", MIGRATE)
    else:
        yield right("row security", f"It is on for all {len(tenant & guarded)} tables of tenants.")


def web_role() -> Iterator[Check]:
    """The login of the web processes: there, let in, and bound."""
    password = web_role_password(settings.SECRET_KEY)
    derived = with_login(settings.INTERLOCK.database_url or "", database_role.WEB_ROLE, password)
    url = settings.INTERLOCK.web_database_url or derived
    try:
        with psycopg.connect(url, connect_timeout=5) as web:
            row = web.execute(
                """
                SELECT current_user, rolsuper OR rolbypassrls OR rolcreaterole,
                       pg_has_role(current_user, (SELECT tableowner FROM pg_tables WHERE tablename = 'tasks_agentjob'),
                                   'MEMBER'),
                       has_table_privilege('tasks_agentjob', 'SELECT') AND
                       has_table_privilege('tasks_agentjob', 'INSERT') AND
                       has_table_privilege('tasks_agentjob', 'UPDATE'),
                       has_table_privilege('tasks_event', 'INSERT')
                FROM pg_roles WHERE rolname = current_user
                """
            ).fetchone()
    except psycopg.Error as error:
        yield wrong("web role", f"The web cannot log in to the database: {_first_line(error)}.", MIGRATE)
        return
    name, is_powerful, owns, may_work, may_forge = row or ("?", True, True, False, True)
    if is_powerful or owns or may_forge:
        yield wrong("web role", f"{name} may do more than it should.", "Take its attributes away, then: " + MIGRATE)
    elif not may_work:
        yield wrong("web role", f"{name} may not read and write jobs.", MIGRATE)
    else:
        yield right("web role", f"{name} can log in, may work, and is bound by row-level security.")


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].strip(" .")
