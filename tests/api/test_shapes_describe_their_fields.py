"""What stands below a field of a shape is its description in the JSON Schema, as is what its class inherits."""

from __future__ import annotations

from typing import Generic, TypeVar

import pytest
from pydantic import Field

from tasks.api.shapes.base import Shape
from tasks.api.shapes.docstrings import described

pytestmark = pytest.mark.requirement("I1")

T = TypeVar("T")


class Part(Shape):
    size: int
    """In bytes."""


class Whole(Part, Generic[T]):
    "No field's."

    name: str = Field(description="Said already.")
    """Said again."""
    part: Part
    """Over
    two lines."""
    inner: T
    """Whatever it is."""
    unsaid: int


def descriptions(shape: type[Shape]) -> dict[str, str | None]:
    return {name: field.get("description") for name, field in shape.model_json_schema()["properties"].items()}


@pytest.mark.parametrize("shape", [Whole[int], Whole[Part]])
def test_each_field_is_described_once_and_for_all(shape: type[Shape]) -> None:
    assert descriptions(shape) == {
        "size": "In bytes.",
        "name": "Said already.",
        "part": "Over\ntwo lines.",
        "inner": "Whatever it is.",
        "unsaid": None,
    }


def test_where_there_is_no_source_nothing_is_said() -> None:
    unseen: dict[str, type] = {}
    exec("class Unseen(Base):\n    size: int\n    'In bytes.'", {"Base": Shape, "__name__": "nowhere"}, unseen)
    assert described(unseen["Unseen"], Shape) == {}
