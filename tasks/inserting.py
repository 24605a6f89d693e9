"""Many rows in one statement with one parameter.

`bulk_create` writes a placeholder for every value: for five thousand jobs of eighty columns that text alone takes
seconds to put together and to take apart again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, models
from django.db.models.expressions import DatabaseDefault

from agents.json_text import json_text


def insert(rows: Sequence[models.Model]) -> None:
    """INSERT new rows of one model as they are; what the database has a default for and nobody set, it fills in.

    Source: https://www.postgresql.org/docs/current/functions-json.html (jsonb_populate_recordset)
    """
    if not rows:
        return
    fields = _set_fields(rows[0])
    table, columns = rows[0]._meta.db_table, ", ".join(f'"{field.column}"' for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({columns}) SELECT {columns} FROM jsonb_populate_recordset(NULL::{table}, %s)",
            [document(rows)],
        )
    inserted(rows)


def document(rows: Sequence[models.Model]) -> str:
    """The rows as JSON, by column, for jsonb_populate_recordset."""
    fields = [(field.column, field.attname) for field in _set_fields(rows[0])]
    return json_text([{column: getattr(row, name) for column, name in fields} for row in rows])


def inserted(rows: Sequence[models.Model]) -> None:
    """They are in the database now."""
    for row in rows:
        row._state.adding = False


def _set_fields(row: models.Model) -> list[Any]:
    return [f for f in row._meta.concrete_fields if not isinstance(getattr(row, f.attname), DatabaseDefault)]
