"""JSON as the database takes it and gives it: each job has several, so the quickest way there is."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic_core import PydanticSerializationError, from_json, to_json


def json_text(value: Any) -> str:
    """The JSON of the value; UUIDs, times and exact numbers in it become texts that Postgres reads.

    Raises TypeError where part of it cannot be JSON.
    Source: https://docs.pydantic.dev/latest/api/pydantic_core/#pydantic_core.to_json
    """
    try:
        return to_json(value).decode()
    except PydanticSerializationError:  # some 255 levels are the most that it takes, and all text must be text
        return json.dumps(value, default=_as_text)


def json_value(text: str) -> Any:
    """The value of what the database gave."""
    try:
        return from_json(text)
    except ValueError:  # 200 levels are the most that it takes
        return json.loads(text)


def _as_text(value: Any) -> str:
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    if isinstance(value, UUID | Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no JSON.")
