"""Arrays for Postgres as one text: of many short values the driver's own way takes several times as long."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID


def array(values: Iterable[UUID | float | None]) -> str:
    """The literal of an array whose elements need no quotes: ids and numbers, None is NULL. The statement casts it.

    Source: https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
    """
    return f"{{{','.join(map(_element, values))}}}"


def _element(value: UUID | float | None) -> str:
    if isinstance(value, UUID):
        return value.hex  # a third of the time of its usual form
    return "NULL" if value is None else str(value)
