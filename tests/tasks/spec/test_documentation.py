"""The pages about specs say what the code does."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from agents import errors
from tasks.spec import sizes
from tasks.spec.document import ORDER
from tasks.spec.errors import Code, InvalidSpec, PayloadTooLarge
from tasks.spec.model import Limits, TaskSpec
from tasks.spec.schema import json_schema
from tests.tasks.spec.toolbox import mistake, read

pytestmark = pytest.mark.requirement("J6")
DOCS = Path(__file__).parents[3] / "docs"
SPEC, ERRORS = ((DOCS / name).read_text(encoding="utf-8") for name in ("spec.md", "errors.md"))
EXAMPLES = re.findall(r"^```(yaml|json)\n(.*?)^```", SPEC, re.MULTILINE | re.DOTALL)


def first_column(text: str, heading: str) -> list[str]:
    """The codes or fields in the table under a heading."""
    section = text.split(f"\n{heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return [name for row in rows for name in re.findall(r"`(\w+)`", row)]


@pytest.mark.parametrize(("language", "body"), EXAMPLES, ids=lambda value: value[:30])
def test_every_example_is_a_spec_and_fits_the_schema(language: str, body: str):
    assert read(body, f"application/{language}")
    for document in yaml.load_all(body, Loader=yaml.BaseLoader) if language == "yaml" else [json.loads(body)]:
        if "limits" not in document and "defaults" not in document:  # numbers are text to this loader
            Draft202012Validator(json_schema()).validate(document)


def test_the_table_of_fields_has_every_field_in_the_order_in_which_they_are_written():
    assert set(first_column(SPEC, "## All fields")) == set(TaskSpec.model_fields) == set(ORDER)
    for name in Limits.model_fields:
        assert f"`{name}`" in SPEC


def test_the_page_says_the_limits_of_the_code():
    assert f"{sizes.JOB_BYTES // sizes.MIB} MiB with the defaults" in SPEC
    assert f"a batch {sizes.BATCH_BYTES // sizes.MIB} MiB and {sizes.BATCH_JOBS:,} jobs" in SPEC
    assert f"{sizes.DEPTH} levels" in SPEC


def test_the_codes_of_a_spec_are_those_of_the_table():
    assert sorted(first_column(ERRORS, "## Codes of a task spec")) == sorted(code.value for code in Code)


def test_the_codes_of_an_answer_are_in_the_table_with_their_status():
    tree = [errors.InvalidInput, errors.Unauthenticated, errors.NotAllowed, errors.NotFound, errors.Conflict]
    tree += [errors.TooLarge, errors.TooMany, errors.Unavailable, InvalidSpec, PayloadTooLarge]
    for error in tree:
        assert f"| `{error.code}` | {error.status} |" in ERRORS


def test_the_example_of_an_answer_is_what_the_parser_says():
    answer = json.loads(re.findall(r"^```json\n(.*?)^```", ERRORS, re.MULTILINE | re.DOTALL)[0])
    found = mistake("\n" * 5 + "limits: \n timeout: soon\ncommand: [a]")
    assert [found.as_dict()] == answer["errors"]
    assert InvalidSpec([found]).message == answer["detail"]
    assert (InvalidSpec.code, InvalidSpec.status, InvalidSpec.title) == (
        answer["code"],
        answer["status"],
        answer["title"],
    )
