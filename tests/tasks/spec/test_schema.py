"""The published JSON Schema is the one that the models make, and it refuses what the parser refuses."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from tasks.spec import schema
from tests.tasks.spec.toolbox import read

pytestmark = pytest.mark.requirement("J6")
VALIDATOR = Draft202012Validator(schema.json_schema())


def test_what_is_published_is_what_the_models_make():
    assert schema.PUBLISHED.read_text(encoding="utf-8") == schema.text(), "run python -m tasks.spec.schema"


def test_it_is_a_schema_of_draft_2020_12():
    Draft202012Validator.check_schema(schema.json_schema())


def test_each_field_has_a_title_and_a_description():
    for name in ("TaskSpec", "Limits", "Step", "BatchSpec", "Defaults"):
        for field, said in schema.json_schema()["$defs"][name]["properties"].items():
            assert said.get("title"), f"{name}.{field}"
            assert said.get("description"), f"{name}.{field}"


@pytest.mark.parametrize("example", schema.EXAMPLES, ids=str)
def test_its_examples_fit_it_and_are_specs(example: dict):
    VALIDATOR.validate(example)
    body = json.dumps(example)
    assert read(body, "application/json")


def test_the_examples_of_its_fields_fit_their_fields():
    definitions = schema.json_schema()["$defs"]
    for name in ("TaskSpec", "Limits", "Step"):
        for said in definitions[name]["properties"].values():
            validator = Draft202012Validator({**said, "$defs": definitions})
            for example in said.get("examples", []):
                validator.validate(example)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"title": "nothing to run"},
        {"command": ["a"], "prompt": "b"},
        {"command": ["a"], "args": {}},
        {"command": "a"},
        {"command": []},
        {"command": ["a"], "priority": 9},
        {"command": ["a"], "priority": "urgent"},
        {"command": ["a"], "limits": {"timeout": "soon"}},
        {"command": ["a"], "env": {"A": 1}},
        {"command": ["a"], "env": {"1A": "b"}},
        {"command": ["a"], "foo": 1},
        {"tasks": []},
        {"tasks": [{"command": ["a"]}], "defaults": {"key": "a"}},
    ],
    ids=str,
)
def test_it_refuses_what_the_parser_refuses(document: dict):
    assert not VALIDATOR.is_valid(document)


def test_a_caller_cannot_change_it():
    schema.json_schema()["$defs"].clear()
    assert schema.json_schema()["$defs"]
