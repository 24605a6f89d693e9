"""Several statements in one round trip: what one of them does wrong is raised, and nothing of the rest stays."""

from __future__ import annotations

import pytest
from django.db import DataError, connection, transaction

from agents.models import Workspace
from agents.round_trips import one_round_trip

pytestmark = [pytest.mark.requirement("J9"), pytest.mark.django_db(transaction=True)]


def test_all_of_them_take_effect() -> None:
    with one_round_trip(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO agents_workspace (id, slug, name, weight, default_limits) "
            "VALUES (gen_random_uuid(), 'one', '', 1, '{}')"
        )
        cursor.execute(
            "INSERT INTO agents_workspace (id, slug, name, weight, default_limits) "
            "VALUES (gen_random_uuid(), 'two', '', 1, '{}')"
        )
    assert set(Workspace.objects.values_list("slug", flat=True)) == {"one", "two"}


def test_the_error_of_one_undoes_the_transaction() -> None:
    with pytest.raises(DataError):
        _make_one_and_divide_by_zero()
    assert not Workspace.objects.exists()


def _make_one_and_divide_by_zero() -> None:
    with transaction.atomic(), one_round_trip(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO agents_workspace (id, slug, name, weight, default_limits) "
            "VALUES (gen_random_uuid(), 'one', '', 1, '{}')"
        )
        cursor.execute("SELECT 1 / %s", [0])
