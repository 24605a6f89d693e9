"""What the shapes have in common."""

from __future__ import annotations

from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from tasks.api.shapes.docstrings import described

T = TypeVar("T")


class Shape(BaseModel):
    """An answer. Every field is always there; what is not known is null."""

    model_config = ConfigDict(
        frozen=True,
        ser_json_inf_nan="null",
        json_schema_serialization_defaults_required=True,
    )

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """With what the strings below its fields say of them."""
        schema = handler(core)
        fields = handler.resolve_ref_schema(schema).get("properties", {})
        for name, said in described(cls, Shape).items():
            if name in fields:
                fields[name].setdefault("description", said)
        return schema


class Actor(Shape):
    kind: str = Field(description="`user`, `token`, `agent` or `platform`.", examples=["token"])
    label: str = Field(description="The name that people know.", examples=["ci"])


class Page(Shape, Generic[T]):
    """Part of a list."""

    results: list[T]
    next: str | None = Field(
        description="The address of the next part; null at the end.",
        examples=["http://127.0.0.1:8000/api/tasks/?cursor=0199d4c0-8f3a-7d5e-9a1b-2c3d4e5f6a7b"],
    )


class Tail(Shape, Generic[T]):
    """Part of what grows at its end."""

    results: list[T]
    next: int = Field(description="Give it as `after` to read on; the same again where nothing came.", examples=[1042])
