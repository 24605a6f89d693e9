"""Row-level security, table by table, with the login of the web processes and no filter in any query."""

from __future__ import annotations

from uuid import UUID

import psycopg
import pytest
from django.db import models

from agents.database_role import ALL
from agents.ids import new_id
from agents.models import Workspace
from tests.database.conftest import Tenants
from tests.database.rows import Connection, enter, new_workspace, put, sample, scalar, tenant_models, workspace_column

pytestmark = pytest.mark.requirement("T3")


def label(model: type[models.Model]) -> str:
    return model._meta.label


def granted(verb: str) -> list[type[models.Model]]:
    return [model for model in tenant_models() if verb in getattr(model, "web_access", ALL)]


every_table = pytest.mark.parametrize("model", tenant_models(), ids=label)
REFUSED = (psycopg.errors.InsufficientPrivilege, psycopg.errors.CheckViolation)


def seen(connection: Connection, model: type[models.Model]) -> set[UUID]:
    """The workspaces of the rows that a query without any filter finds."""
    column = workspace_column(model)
    found = connection.execute(f"SELECT DISTINCT {column} AS workspace FROM {model._meta.db_table}")
    return {row["workspace"] for row in found}


@every_table
def test_both_tenants_have_rows_in_it(owner: Connection, tenants: Tenants, model: type[models.Model]) -> None:
    assert seen(owner, model) >= {tenants.here, tenants.there}


@every_table
def test_without_a_tenant_there_is_nothing(web: Connection, tenants: Tenants, model: type[models.Model]) -> None:
    assert seen(web, model) == set()
    enter(web)
    assert seen(web, model) == set()


@every_table
def test_with_a_tenant_there_are_its_rows_alone(web: Connection, tenants: Tenants, model: type[models.Model]) -> None:
    enter(web, tenants.here)
    assert seen(web, model) == {tenants.here}


@every_table
def test_with_the_wrong_tenant_there_is_nothing(web: Connection, tenants: Tenants, model: type[models.Model]) -> None:
    enter(web, new_id())
    assert seen(web, model) == set()


@every_table
def test_with_two_tenants_there_are_both(web: Connection, tenants: Tenants, model: type[models.Model]) -> None:
    enter(web, tenants.here, tenants.there)
    assert seen(web, model) == {tenants.here, tenants.there}


@every_table
def test_the_tenant_ends_with_its_transaction(web: Connection, tenants: Tenants, model: type[models.Model]) -> None:
    enter(web, tenants.here)
    web.rollback()
    assert seen(web, model) == set()
    enter(web, tenants.here)
    web.commit()
    assert seen(web, model) == set()


@pytest.mark.parametrize("model", granted("UPDATE"), ids=label)
def test_another_tenants_row_cannot_be_changed(web: Connection, tenants: Tenants, model: type[models.Model]) -> None:
    enter(web, tenants.here)
    column = workspace_column(model)
    changed = web.execute(
        f"UPDATE {model._meta.db_table} SET {column} = {column} WHERE id = %s", [tenants.id(model, tenants.there)]
    )
    assert changed.rowcount == 0


@pytest.mark.parametrize("model", granted("DELETE"), ids=label)
def test_another_tenants_row_cannot_be_deleted(web: Connection, tenants: Tenants, model: type[models.Model]) -> None:
    enter(web, tenants.here)
    gone = web.execute(f"DELETE FROM {model._meta.db_table} WHERE id = %s", [tenants.id(model, tenants.there)])
    assert gone.rowcount == 0


@pytest.mark.parametrize("model", granted("UPDATE"), ids=label)
def test_a_row_cannot_be_moved_to_another_tenant(web: Connection, tenants: Tenants, model: type[models.Model]) -> None:
    enter(web, tenants.here)
    to = new_id() if workspace_column(model) == "id" else tenants.there
    with pytest.raises(REFUSED), web.transaction():
        web.execute(
            f"UPDATE {model._meta.db_table} SET {workspace_column(model)} = %s WHERE id = %s",
            [to, tenants.id(model, tenants.here)],
        )


@pytest.mark.parametrize("model", granted("INSERT"), ids=label)
@pytest.mark.parametrize("tenant", ["wrong", "none"])
def test_a_row_cannot_be_put_into_another_tenant(
    web: Connection, owner: Connection, tenants: Tenants, model: type[models.Model], tenant: str
) -> None:
    row = sample(owner, model, new_workspace(owner))  # in one without rows of the kind, since some may be there once
    if model is not Workspace:
        row.workspace_id = tenants.there
    owner.rollback()  # only its values are wanted; that its parents are gone is looked at later than whose it is
    enter(web, *([tenants.here] if tenant == "wrong" else []))
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"), web.transaction():
        put(web, row)


def test_all_workspaces_are_there_only_for_who_says_so_in_the_transaction(web: Connection, tenants: Tenants) -> None:
    web.execute("SELECT set_config('interlock.all_workspaces', 'on', true)")
    assert all(seen(web, model) == {tenants.here, tenants.there} for model in tenant_models())
    web.rollback()
    assert scalar(web, "SELECT count(*) FROM tasks_agentjob") == 0
