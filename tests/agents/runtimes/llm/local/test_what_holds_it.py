"""The requests that hold the small model to calls and to short text, and what they make of the tools' schemas."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from agents.runtimes.llm import names
from agents.runtimes.llm.choosing import names_for_models
from agents.runtimes.llm.local.held import a_call, instructions
from agents.tools import registry
from agents.tools.base import Tool

pytestmark = pytest.mark.requirement("W6")


def tools(*wanted: str) -> dict[str, Tool]:
    return names_for_models([tool for tool in registry.all() if tool.name in wanted])


def schema_of(*wanted: str) -> dict[str, Any]:
    schema: dict[str, Any] = a_call(tools(*wanted))["response_format"]["json_schema"]["schema"]
    Draft202012Validator.check_schema(schema)
    return schema


@pytest.mark.parametrize(
    ("answer", "is_held"),
    [
        ({"tool": "files_write", "arguments": {"path": "a", "text": "b"}}, True),
        ({"tool": "echo", "arguments": {"text": "b"}}, True),
        ({"tool": "files_write", "arguments": {"path": "a"}}, False),
        ({"tool": "files_write", "arguments": {"path": 1, "text": "b"}}, False),
        ({"tool": "echo", "arguments": {"text": "b" * 201}}, False),
        ({"tool": "shell_run", "arguments": {"command": "b"}}, False),
        ({"arguments": {"text": "b"}}, False),
        ("text", False),
    ],
)
def test_an_answer_is_one_call_of_one_of_the_tools(answer: Any, is_held: bool) -> None:
    assert Draft202012Validator(schema_of("echo", "files.write")).is_valid(answer) is is_held


def test_every_tool_of_ours_can_be_called() -> None:
    every = [tool.name for tool in registry.all()]

    assert len(schema_of(*every)["anyOf"]) == len(every)


def test_the_model_is_told_of_each_tool_and_its_arguments() -> None:
    assert instructions(tools("files.write")).splitlines()[1].startswith("- files_write(path, text): Write a text file")
    assert instructions({}) == ""


@pytest.mark.parametrize("said", ["local:", "local:gpt", "local:smollm2:135m"])
def test_there_is_one_local_model(said: str) -> None:
    assert str(names.parse("local:smollm2")) == "local:smollm2"
    with pytest.raises(names.UnknownModel, match=r"local:smollm2"):
        names.parse(said)
