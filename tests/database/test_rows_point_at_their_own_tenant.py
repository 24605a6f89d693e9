"""A row cannot point at another tenant's row, not even by the owner's hand: composite foreign keys keep that."""

from __future__ import annotations

import psycopg
import pytest
from django.db import models

from tests.database.conftest import Tenants
from tests.database.rows import Connection, sample, tenant_keys, tenant_models

pytestmark = pytest.mark.requirement("T3")

KEYS = [(model, key) for model in tenant_models() for key in tenant_keys(model)]
every_key = pytest.mark.parametrize(
    ("model", "key"), KEYS, ids=[f"{model._meta.label}.{key.name}" for model, key in KEYS]
)
REFUSED = (psycopg.errors.ForeignKeyViolation, psycopg.errors.CheckViolation)

Key = models.ForeignKey


@every_key
def test_a_new_row_that_points_at_another_tenants_row_is_refused(
    owner: Connection, tenants: Tenants, model: type[models.Model], key: Key
) -> None:
    foreign = tenants.id(key.related_model, tenants.there)
    with pytest.raises(psycopg.errors.ForeignKeyViolation) as refused, owner.transaction():
        sample(owner, model, tenants.here, **{key.attname: foreign})
    assert refused.value.diag.constraint_name.endswith("_same_workspace")


@every_key
def test_a_row_that_is_turned_to_another_tenants_row_is_refused(
    owner: Connection, tenants: Tenants, model: type[models.Model], key: Key
) -> None:
    foreign, own = tenants.id(key.related_model, tenants.there), tenants.id(model, tenants.here)
    with pytest.raises(REFUSED), owner.transaction():
        owner.execute(f"UPDATE {model._meta.db_table} SET {key.column} = %s WHERE id = %s", [foreign, own])


@every_key
def test_a_row_of_the_own_tenant_can_be_pointed_at(
    owner: Connection, tenants: Tenants, model: type[models.Model], key: Key
) -> None:
    own = sample(owner, key.related_model, tenants.here).pk
    sample(owner, model, tenants.here, **{key.attname: own})
