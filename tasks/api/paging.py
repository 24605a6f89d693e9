"""Lists in parts: the newest first, by id, so that what comes or changes meanwhile moves nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

T = TypeVar("T", bound=Model)


def part(rows: QuerySet[T], cursor: UUID | None, limit: int) -> tuple[list[T], UUID | None]:
    """Up to `limit` rows behind the cursor, and the cursor of what follows, if anything does."""
    behind = rows.filter(pk__lt=cursor) if cursor else rows
    found = list(behind.order_by("-pk")[: limit + 1])
    return found[:limit], found[limit - 1].pk if len(found) > limit else None


def address(request: Request, cursor: UUID | int | None, name: str = "cursor") -> str | None:
    """The address of the next part: this one's, with its cursor under that name."""
    if cursor is None:
        return None
    return replace_query_param(request.build_absolute_uri(), name, str(cursor))


def last(rows: Sequence[Any], name: str, otherwise: int) -> int:
    """Where a tail goes on: behind the last row that has a number."""
    return max((getattr(row, name) or 0 for row in rows), default=otherwise) or otherwise
