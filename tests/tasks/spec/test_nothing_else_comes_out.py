"""Whatever comes in, what comes out is specs, or an error with a sentence: never another exception."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agents.errors import InterlockError
from tasks.spec import JobType, TaskSpec, from_value, parse
from tasks.spec.errors import Code
from tests.tasks.spec.specs import JSON, SPECS
from tests.tasks.spec.toolbox import TOOLS

pytestmark = pytest.mark.requirement("J6")
CODES = {code.value for code in Code}
CONTENT_TYPES = st.sampled_from(["application/json", "application/yaml", None])
FIELDS = st.sampled_from([*TaskSpec.model_fields, "tasks", "defaults", "foo"])
# The letters that mean something, so that the parser is reached and not only its door.
SYNTAX = st.text(st.sampled_from("{}[]:,-?&*!|>%@`'\"#~<. \t\n\\axu01"), max_size=60)


def judge(body: bytes | str, content_type: str | None) -> None:
    try:
        specs = parse(body, content_type, tools=TOOLS, types=frozenset(JobType))
    except InterlockError as error:
        refused = error
    else:
        assert specs
        assert all(isinstance(spec, TaskSpec) for spec in specs)
        return
    assert refused.message
    assert refused.details
    for detail in refused.details:
        assert detail.code in CODES
        assert detail.message.endswith((".", "?"))
        assert detail.line is None or detail.line >= 1


@given(st.binary(max_size=200), CONTENT_TYPES)
def test_of_any_bytes(body: bytes, content_type: str | None):
    judge(body, content_type)


@given(st.text(max_size=100) | SYNTAX, CONTENT_TYPES)
@example("\ud800", None)
@example("{a: &a *a}", "application/yaml")
@example("? {}", "application/yaml")
@example("- " * 100, "application/yaml")
@example("\x85", "application/yaml")
@example("&a : *a", "application/yaml")
@example("!<tag:yaml.org,2002:int> 0x_", "application/yaml")
@example("data: 0b_", "application/yaml")
@example("data: 1:99:", "application/yaml")
def test_of_any_text(body: str, content_type: str | None):
    judge(body, content_type)


@given(st.dictionaries(FIELDS, JSON | st.lists(st.dictionaries(FIELDS, JSON, max_size=3), max_size=3), max_size=6))
def test_of_any_values_in_the_known_fields(document: dict):
    judge(json.dumps(document), "application/json")
    judge(json.dumps(document), "application/yaml")


@given(SPECS, FIELDS, JSON)
def test_of_a_good_spec_with_one_field_changed(spec: TaskSpec, field: str, value: object):
    judge(json.dumps({**spec.as_document(), field: value}), "application/json")
    judge(json.dumps({"defaults": {field: value}, "tasks": [spec.as_document()]}), "application/json")


@given(SPECS, st.data())
def test_of_a_good_document_cut_or_changed_anywhere(spec: TaskSpec, data: st.DataObject):
    body = spec.as_yaml()
    place = data.draw(st.integers(0, len(body)))
    judge(
        body[:place] + data.draw(st.text(max_size=3)) + body[place + data.draw(st.integers(0, 3)) :], "application/yaml"
    )


@given(JSON)
def test_of_any_value_without_a_text(value: object):
    with suppress(InterlockError):
        assert from_value(value, tools=TOOLS)
