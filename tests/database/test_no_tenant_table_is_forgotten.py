"""What every table of tenants must have, looked up in the catalogue: a table that comes later cannot forget it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from django.apps import apps
from django.db import models

from agents.models import ApiToken, Membership, Workspace
from agents.tenancy import TenantQuerySet
from tests.database.rows import READ_BEFORE_THE_TENANT_IS_KNOWN, Connection, scalar, tenant_keys, tenant_models

pytestmark = [pytest.mark.requirement("T1"), pytest.mark.requirement("T3")]

every_table = pytest.mark.parametrize("model", tenant_models(), ids=lambda model: model._meta.label)

COMPOSITE_KEYS = """
    SELECT (SELECT array_agg(a.attname::text ORDER BY k.place) FROM unnest(c.conkey) WITH ORDINALITY AS k (num, place)
            JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num) AS columns,
           (SELECT array_agg(a.attname::text ORDER BY k.place) FROM unnest(c.confkey) WITH ORDINALITY AS k (num, place)
            JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.num) AS others,
           c.confrelid::regclass::text AS other, c.condeferrable AS deferrable, c.convalidated AS validated
    FROM pg_constraint c WHERE c.contype = 'f' AND c.conrelid = %s::regclass
"""


@every_table
def test_it_has_row_level_security_with_one_policy_for_every_verb(owner: Connection, model: type[models.Model]) -> None:
    table = model._meta.db_table
    assert scalar(owner, "SELECT relrowsecurity FROM pg_class WHERE oid = %s::regclass", [table])
    [policy] = owner.execute("SELECT * FROM pg_policies WHERE tablename = %s", [table]).fetchall()
    assert (policy["cmd"], policy["permissive"], policy["roles"]) == ("ALL", "PERMISSIVE", ["public"])
    assert policy["with_check"] is None, "then what may be read and what may be written are one"
    assert "interlock_workspaces()" in policy["qual"]
    for word, call in pairwise(policy["qual"].split()):
        assert "interlock_" not in call or word in ("SELECT", "AS"), "a bare call runs once a row"


@every_table
def test_each_of_its_keys_to_tenant_rows_is_composite(owner: Connection, model: type[models.Model]) -> None:
    there = {
        (tuple(key["columns"]), key["other"], tuple(key["others"])): key
        for key in owner.execute(COMPOSITE_KEYS, [model._meta.db_table]).fetchall()
    }
    for key in tenant_keys(model):
        wanted = (("workspace_id", key.column), key.related_model._meta.db_table, ("workspace_id", "id"))
        assert wanted in there, f"{model._meta.label}.{key.name} needs a foreign key (workspace_id, {key.column})"
        assert there[wanted]["validated"] and not there[wanted]["deferrable"]


@every_table
def test_it_is_read_through_a_queryset_that_asks_whose_rows(model: type[models.Model]) -> None:
    assert isinstance(model._default_manager.all(), TenantQuerySet)


@every_table
def test_its_rows_always_have_a_workspace_except_the_platforms_events(model: type[models.Model]) -> None:
    if model is not Workspace:
        assert model._meta.get_field("workspace").null == (model._meta.label == "tasks.Event")


def test_every_table_with_a_workspace_is_a_tenant_table(owner: Connection) -> None:
    """Except those that are read before the tenant is known, which are named here so that nobody adds one in passing."""
    found = owner.execute(
        "SELECT relname::text AS name FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid "
        "WHERE relkind = 'r' AND attname = 'workspace_id' AND NOT attisdropped"
    ).fetchall()
    exceptions = {model._meta.db_table for model in READ_BEFORE_THE_TENANT_IS_KNOWN}
    tables = {model._meta.db_table for model in tenant_models() if model is not Workspace}
    assert {row["name"] for row in found} == tables | exceptions
    assert {Membership, ApiToken} == READ_BEFORE_THE_TENANT_IS_KNOWN


def test_what_carries_no_workspace_is_the_platforms_or_the_frameworks() -> None:
    ours = [m for m in apps.get_models() if m._meta.app_label in ("agents", "tasks", "approvals")]
    others = {m.__name__ for m in ours} - {m.__name__ for m in [*tenant_models(), *READ_BEFORE_THE_TENANT_IS_KNOWN]}
    assert others == {"PlatformAccess", "PlatformState", "ResourceSample", "Worker", "Leader", "FairClock"}
