"""JSON into the database and out of it, also where the quick way does not take it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from agents.json_text import json_text, json_value

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda parts: st.lists(parts, max_size=5) | st.dictionaries(st.text(), parts, max_size=5),
    max_leaves=20,
)


def nested(depth: int) -> Any:
    value: Any = "at the bottom"
    for _ in range(depth):
        value = [value]
    return value


@given(VALUES)
def test_a_value_comes_back_as_it_was(value: Any) -> None:
    assert json_value(json_text(value)) == value


@pytest.mark.parametrize("depth", [1, 199, 201, 254, 256, 600])
@pytest.mark.django_db
def test_the_database_gives_back_what_is_nested_however_deep(depth: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::jsonb::text", [json_text({"result": nested(depth)})])
        assert json_value(cursor.fetchone()[0]) == {"result": nested(depth)}


@pytest.mark.parametrize("depth", [1, 600])
@pytest.mark.django_db
def test_ids_times_and_exact_numbers_are_texts_that_the_database_reads(depth: int) -> None:
    at, id, cost = datetime(2026, 11, 28, 4, 41, 53, 123456, tzinfo=UTC), UUID(int=7), Decimal("0.10")
    row = {"at": at, "id": id, "cost": cost, "deep": nested(depth)}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT at, id, cost FROM jsonb_to_record(%s::jsonb) AS row (at timestamptz, id uuid, cost numeric)",
            [json_text(row)],
        )
        assert cursor.fetchone() == (at, id, cost)


@pytest.mark.parametrize("depth", [1, 600])
def test_what_is_no_json_is_refused(depth: int) -> None:
    with pytest.raises(TypeError, match="object is no JSON"):
        json_text([object(), nested(depth)])
