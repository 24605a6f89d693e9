"""Arguments against a schema that a stranger wrote."""

from __future__ import annotations

import time
from typing import Any

import pytest
from pydantic import ValidationError

from agents.tools.mcp.schemas import fault_of, model_of

pytestmark = pytest.mark.requirement("W13")

SCHEMA = {
    "type": "object",
    "properties": {
        "count": {"type": "integer", "minimum": 1},
        "unit": {"enum": ["m", "km"]},
        "places": {"type": "array", "items": {"$ref": "#/$defs/place"}, "maxItems": 2},
    },
    "required": ["count"],
    "additionalProperties": False,
    "$defs": {"place": {"type": "object", "properties": {"name": {"type": ["string", "null"]}}}},
}


def faults(schema: dict[str, Any], arguments: dict[str, Any]) -> list[tuple[str, str]]:
    try:
        model_of("far.go", schema).model_validate(arguments)
    except ValidationError as refused:
        return [
            (".".join(map(str, fault["loc"])), fault["msg"])
            for fault in refused.errors(include_url=False, include_input=False)
        ]
    return []


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ({"count": 1, "unit": "m", "places": [{"name": None}]}, []),
        ({}, [("count", "Field required")]),
        ({"count": "hunter2"}, [("count", "it must be a whole number")]),
        ({"count": 0}, [("count", "it must be at least 1")]),
        ({"count": 1, "unit": "hunter2"}, [("unit", 'it must be one of ["m", "km"]')]),
        ({"count": 1, "places": [{"name": 5}]}, [("places.0.name", "it must be text or null")]),
        ({"count": 1, "places": [{}] * 3}, [("places", "it must be of a length of at most 2")]),
        ({"count": 1, "hunter2": 1}, [("hunter2", "Extra inputs are not permitted")]),
    ],
)
def test_each_fault_has_its_place_and_a_sentence(arguments: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert faults(SCHEMA, arguments) == found


def test_the_schema_is_shown_as_the_server_wrote_it() -> None:
    assert model_of("far.go", SCHEMA).model_json_schema() == SCHEMA


def test_the_dialect_that_it_names_is_followed() -> None:
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "definitions": {"pair": {"items": [{"type": "integer"}, {"type": "string"}]}},
        "properties": {"pair": {"$ref": "#/definitions/pair"}},
    }

    assert faults(schema, {"pair": [1, "a"]}) == []
    assert faults(schema, {"pair": ["a", "a"]}) == [("pair.0", "it must be a whole number")]


DOUBLED = {f"l{n}": {"allOf": [{"$ref": f"#/$defs/l{n - 1}"}] * 2} for n in range(1, 40)} | {"l0": {"type": "string"}}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "$ref": "#"},
        {"type": "object", "$defs": DOUBLED, "properties": {"a": {"$ref": "#/$defs/l39"}}},
        {"type": "object", "properties": {"a": {"$ref": "http://127.0.0.1:9/schema"}}},
        {"type": "object", "properties": {"a": {"$ref": "file:///etc/passwd"}}},
        {"type": "object", "properties": {"a": {"pattern": "(a+)+$"}}},
        {"type": "object", "patternProperties": {"(a+)+$": {}}, "additionalProperties": False},
        {"type": "object", "properties": {"a": {"unevaluatedProperties": False, "patternProperties": {"(a+)+$": {}}}}},
    ],
)
def test_a_schema_that_was_made_to_hurt_costs_no_more_than_a_moment(schema: dict[str, Any]) -> None:
    assert fault_of(schema) == ""
    start = time.monotonic()

    faults(schema, {"a": "a" * 50 + "!", "a" * 50 + "!": 1})

    assert time.monotonic() - start < 5


@pytest.mark.parametrize(
    ("schema", "says"),
    [
        (None, "not that of an object"),
        ({"type": "string"}, "not that of an object"),
        ({"type": "object", "properties": {"a": {"type": "text"}}}, "no valid JSON Schema"),
        ({"type": "object", "x": "y" * 70_000}, "at most 65,536"),
        ({"type": "object", "x": float("nan")}, "no JSON"),
    ],
)
def test_what_cannot_be_a_schema_is_refused_with_the_reason(schema: Any, says: str) -> None:
    assert says in fault_of(schema)


def test_a_schema_that_is_nested_too_deeply_is_refused() -> None:
    schema: dict[str, Any] = {"type": "object"}
    for _ in range(40):
        schema = {"type": "object", "properties": {"a": schema}}

    assert "deeper than 32" in fault_of(schema)
