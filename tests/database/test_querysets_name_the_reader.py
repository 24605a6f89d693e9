"""`for_user` and `in_workspace` filter by themselves: as the owner, whom row-level security does not bind."""

from __future__ import annotations

import pytest
from django.db import models
from django.db.models import QuerySet

from agents.actor import Actor
from agents.roles import Role
from tests.database.conftest import Tenants
from tests.database.rows import tenant_models, workspace_column

pytestmark = [pytest.mark.requirement("T2"), pytest.mark.django_db]

every_table = pytest.mark.parametrize("model", tenant_models(), ids=lambda model: model._meta.label)


def found(rows: QuerySet) -> set[object]:
    return set(rows.values_list(workspace_column(rows.model), flat=True))


@every_table
def test_a_user_finds_the_rows_of_their_workspaces(tenants: Tenants, model: type[models.Model]) -> None:
    here, there = tenants.here, tenants.there
    of = {
        places: Actor("user", "1", "ann", dict.fromkeys(places, Role.VIEWER)) for places in [(), (here,), (here, there)]
    }
    for places, actor in of.items():
        assert found(model._default_manager.for_user(actor)) == set(places)


@every_table
def test_one_workspace_holds_its_own_rows(tenants: Tenants, model: type[models.Model]) -> None:
    assert found(model._default_manager.in_workspace(tenants.there)) == {tenants.there}


@every_table
def test_the_filter_stays_when_more_is_chained(tenants: Tenants, model: type[models.Model]) -> None:
    ann = Actor("user", "1", "ann", {tenants.here: Role.VIEWER})
    theirs = tenants.id(model, tenants.there)
    assert not model._default_manager.for_user(ann).filter(pk=theirs).exists()
    assert model._default_manager.for_user(ann).filter(pk=tenants.id(model, tenants.here)).exists()
