"""Any job can be written back as its spec, and that asks for the same again."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator
from pydantic import BaseModel, ConfigDict

from agents.tools.base import Effect, Tool
from tasks.spec import InvalidSpec, JobType, RuntimeName, TaskSpec, parse
from tasks.spec.schema import json_schema
from tests.tasks.spec.specs import SPECS
from tests.tasks.spec.toolbox import TOOLS, Toolbox, never_run, read

pytestmark = pytest.mark.requirement("J6")
ALL_TYPES = frozenset(JobType)
VALIDATOR = Draft202012Validator(json_schema())


class Anything(BaseModel):
    model_config = ConfigDict(extra="allow")


class AnyTool(Toolbox):
    """Every tool exists and takes anything: here its arguments are not the question."""

    def __init__(self, spec: TaskSpec) -> None:
        self._names = [step.tool for step in spec.steps] + [name.replace("*", "read") for name in spec.tools or ()]

    def names(self) -> list[str]:
        return self._names

    def get(self, name: str, /) -> Tool:
        return Tool(name, "", Anything, Effect.PURE, never_run)


@given(SPECS)
def test_a_spec_written_and_read_is_the_same_spec(spec: TaskSpec):
    written = spec.as_document()
    assert TaskSpec.model_validate(written) == spec
    assert parse(json.dumps(written), "application/json", tools=AnyTool(spec), types=ALL_TYPES) == [spec]
    assert parse(spec.as_yaml(), "application/yaml", tools=AnyTool(spec), types=ALL_TYPES) == [spec]


@given(SPECS)
def test_what_is_written_fits_the_published_schema(spec: TaskSpec):
    VALIDATOR.validate(spec.as_document())


def test_only_what_differs_from_the_defaults_is_written_in_reading_order():
    body = """
    metadata: {a: 1}
    limits: {timeout: 300, attempts: 2}
    depends_on: [0190b5c8-7c3e-7b1a-9f00-2f4b6c8d0e1a]
    command: [python3, report.py]
    runtime: command
    agent_type: dev
    session: default
    priority: 2
    deadline: 2026-12-31T19:00:00+01:00
    """
    document = read(body)[0].as_document()
    assert document == {
        "priority": "P1",
        "command": ["python3", "report.py"],
        "depends_on": ["0190b5c8-7c3e-7b1a-9f00-2f4b6c8d0e1a"],
        "deadline": "2026-12-31T18:00:00Z",
        "limits": {"timeout": "5m", "attempts": 2},
        "metadata": {"a": 1},
    }
    assert list(document) == ["priority", "command", "depends_on", "deadline", "limits", "metadata"]


def test_the_shorthand_stays_short():
    assert read("tool: echo\nargs: {text: hi}")[0].as_document() == {"tool": "echo", "args": {"text": "hi"}}


def test_text_of_several_lines_stays_readable():
    spec = TaskSpec(prompt="First line.\nSecond line.\n", title="T")
    assert spec.as_yaml() == "title: T\nprompt: |\n  First line.\n  Second line.\n"


@pytest.mark.parametrize(
    "text", ["no", "1.10", "2026-01-31", "0x1F", "~", "", "a: b", "# a", "*a", "é\u2028x", "\x85", "😀"]
)
def test_text_that_yaml_would_read_otherwise_is_quoted(text: str):
    spec = TaskSpec(command=["program", text], data={text: text})
    assert parse(spec.as_yaml(), "application/yaml", tools=TOOLS) == [spec]


def test_a_spec_made_by_code_is_complete_as_well():
    spec = TaskSpec(prompt="Say hello.")
    assert (spec.runtime, spec.title) == (RuntimeName.LLM, "Say hello.")
    with pytest.raises(ValueError, match="contradict each other"):
        TaskSpec(prompt="Say hello.", command=["ls"])
    with pytest.raises(InvalidSpec):
        parse(json.dumps({"title": "x"}))
