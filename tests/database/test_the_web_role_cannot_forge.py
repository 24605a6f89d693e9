"""The role of the web processes writes jobs, and nothing that only the database writes: it can neither forge an event
nor get round what keeps it from that."""

from __future__ import annotations

import psycopg
import pytest
from django.apps import apps
from django.db import models

from agents.database_role import ALL, WEB_ROLE
from tests.database.jobs import events, new_job
from tests.database.rows import Connection, scalar

pytestmark = [pytest.mark.requirement("T3"), pytest.mark.requirement("J4")]

MODELS = [model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy]
VERBS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
DENIED = psycopg.errors.InsufficientPrivilege

FORGERIES = {
    "insert": "INSERT INTO tasks_event (kind, before, after, actor, reason, worker, data) "
    "VALUES ('TaskCompleted', 'running', 'completed', 'user:ann', '', '', '{}')",
    "update": "UPDATE tasks_event SET actor = 'user:bob'",
    "delete": "DELETE FROM tasks_event",
    "truncate": "TRUNCATE tasks_event",
    "copy": "COPY tasks_event FROM STDIN",
}

WAYS_ROUND = {
    "switch the trigger off": "ALTER TABLE tasks_agentjob DISABLE TRIGGER job_changes_state",
    "switch all triggers off": "ALTER TABLE tasks_agentjob DISABLE TRIGGER ALL",
    "drop the trigger": "DROP TRIGGER job_updated ON tasks_agentjob",
    "add a trigger": "CREATE TRIGGER mine BEFORE UPDATE ON tasks_agentjob FOR EACH ROW "
    "EXECUTE FUNCTION tasks_job_changes_state()",
    "replace the function": "CREATE OR REPLACE FUNCTION tasks_edge_kinds(text, text) RETURNS text[] "
    "LANGUAGE sql AS $$ SELECT ARRAY['TaskStarted'] $$",
    "replay as a replica": "SET session_replication_role = 'replica'",
    "switch row-level security off": "ALTER TABLE tasks_agentjob DISABLE ROW LEVEL SECURITY",
    "add a policy": "CREATE POLICY mine ON tasks_agentjob USING (true)",
    "drop the policy": "DROP POLICY tenant ON tasks_agentjob",
    "become the owner": "SET ROLE interlock",
    "join the owner": "GRANT interlock TO interlock_web",
    "become another login": "SET SESSION AUTHORIZATION interlock",
    "bypass row-level security": "ALTER ROLE interlock_web BYPASSRLS",
    "make a role": "CREATE ROLE mine",
    "make a table in the schema": "CREATE TABLE public.mine (id int)",
    "shadow a function": "CREATE FUNCTION public.interlock_actor(text) RETURNS text LANGUAGE sql AS $$ SELECT '' $$",
    "set a sequence back": "SELECT setval('tasks_event_id_seq', 1)",
    "read a file": "SELECT pg_read_file('/etc/passwd')",
    "run a program": "COPY (SELECT 1) TO PROGRAM 'true'",
}


@pytest.mark.requirement("P7")
@pytest.mark.parametrize("statement", FORGERIES.values(), ids=list(FORGERIES))
def test_it_writes_no_event_itself(web: Connection, statement: str) -> None:
    job = new_job(web)
    earlier = events(web, job.pk)
    with pytest.raises(DENIED), web.transaction():
        web.execute(statement)
    assert events(web, job.pk) == earlier


@pytest.mark.parametrize("statement", WAYS_ROUND.values(), ids=list(WAYS_ROUND))
def test_it_cannot_get_round(web: Connection, statement: str) -> None:
    with pytest.raises(DENIED), web.transaction():
        web.execute(statement)


def test_it_can_grant_itself_nothing(web: Connection) -> None:
    web.execute("GRANT INSERT ON tasks_event TO interlock_web")  # a warning only: it holds no right to grant
    assert not scalar(web, "SELECT has_table_privilege('tasks_event', 'INSERT')")


def test_resetting_its_role_leaves_it_what_it_is(web: Connection) -> None:
    web.execute("RESET ROLE")
    web.execute("RESET SESSION AUTHORIZATION")
    assert scalar(web, "SELECT current_user") == scalar(web, "SELECT session_user") == WEB_ROLE


def test_it_is_a_plain_login_that_is_a_member_of_nothing(owner: Connection) -> None:
    role = owner.execute("SELECT * FROM pg_roles WHERE rolname = %s", [WEB_ROLE]).fetchone()
    assert role is not None
    powers = ("rolsuper", "rolinherit", "rolcreaterole", "rolcreatedb", "rolreplication", "rolbypassrls")
    assert {power: role[power] for power in powers} == dict.fromkeys(powers, False)
    assert scalar(owner, "SELECT count(*) FROM pg_auth_members WHERE member = %s", [role["oid"]]) == 0
    owned = "SELECT count(*) FROM pg_class WHERE relowner = %s"
    assert scalar(owner, owned, [role["oid"]]) == 0


def test_it_cannot_borrow_a_trigger_that_writes_events_for_a_table_of_its_own(web: Connection) -> None:
    """Whoever may execute a trigger function may hang it on a table of theirs, where the rows are what they like."""
    job = new_job(web)
    earlier = events(web, job.pk)
    web.execute("CREATE TEMPORARY TABLE forged (LIKE public.tasks_agentjob)")
    with pytest.raises(DENIED, match="permission denied for function tasks_job_inserted"), web.transaction():
        web.execute(
            "CREATE TRIGGER forge AFTER INSERT ON forged REFERENCING NEW TABLE AS new_rows "
            "FOR EACH STATEMENT EXECUTE FUNCTION tasks_job_inserted()"
        )
    assert events(web, job.pk) == earlier


def test_it_may_execute_no_trigger_function_itself(owner: Connection) -> None:
    executable = owner.execute(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef "
        "AND prorettype = 'trigger'::regtype AND has_function_privilege(%s, oid, 'EXECUTE')",
        [WEB_ROLE],
    ).fetchall()
    assert executable == []


def test_functions_that_run_as_the_owner_pin_where_they_look_for_names(owner: Connection) -> None:
    definers = owner.execute(
        "SELECT proname, proconfig FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef"
    ).fetchall()
    assert definers
    for function in definers:
        said = set(function["proconfig"]) - {"enable_hashjoin=on", "enable_nestloop=off"}
        assert said == {"search_path=pg_catalog, public, pg_temp"}, function["proname"]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_it_has_exactly_what_the_model_grants(owner: Connection, model: type[models.Model]) -> None:
    table = model._meta.db_table
    granted = {
        verb for verb in VERBS if scalar(owner, "SELECT has_table_privilege(%s, %s, %s)", [WEB_ROLE, table, verb])
    }
    assert granted == set(getattr(model, "web_access", ALL).split(", "))


def test_it_only_reads_what_only_the_platform_writes(owner: Connection) -> None:
    read_only = {model.__name__ for model in MODELS if getattr(model, "web_access", ALL) == "SELECT"}
    assert read_only >= {"Event", "Attempt", "ToolCall", "LogChunk", "Worker", "Leader", "FairClock"}


def test_no_table_of_the_schema_is_forgotten(owner: Connection) -> None:
    """What is no model's table is out of its reach, but for the list of migrations, which readiness reads."""
    tables = {row["tablename"] for row in owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}
    others = tables - {model._meta.db_table for model in MODELS}
    for table in others:
        granted = {v for v in VERBS if scalar(owner, "SELECT has_table_privilege(%s, %s, %s)", [WEB_ROLE, table, v])}
        assert granted == ({"SELECT"} if table == "django_migrations" else set()), table
