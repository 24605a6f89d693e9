"""The database that tests and platforms use by default."""

from __future__ import annotations

import pytest
from django.db import connection


@pytest.mark.django_db
@pytest.mark.requirement("O4")
def test_the_owner_is_no_superuser_and_runs_a_new_enough_postgres() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == ("interlock", False, False)
    assert connection.pg_version >= 150_000
