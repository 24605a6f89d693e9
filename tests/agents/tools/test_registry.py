"""The tools that there are, and what each declares."""

from __future__ import annotations

import json

import pytest
from pydantic import BaseModel

from agents.tools import registry
from agents.tools.base import Effect, Tool

pytestmark = pytest.mark.requirement("W5")

TOOLS = registry.all()


def test_they_are_those_of_the_contract() -> None:
    assert registry.names() == [
        *("echo", "email.list", "email.read", "email.search", "email.send"),
        *("files.list", "files.read", "files.search", "files.write", "http.request", "shell.run", "sleep"),
        *("task.submit", "task.wait"),
    ]


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_each_declares_a_closed_schema_that_explains_every_argument(tool: Tool) -> None:
    schema = tool.schema

    assert schema["additionalProperties"] is False
    assert tool.description.endswith(".")
    assert all(field.get("description", "").endswith(".") for field in schema["properties"].values())
    json.dumps(schema)


def test_each_declares_its_effect() -> None:
    assert {tool.name: tool.effect for tool in TOOLS} == {
        "echo": Effect.PURE,
        "sleep": Effect.PURE,
        "task.submit": Effect.IDEMPOTENT,
        "task.wait": Effect.PURE,
        "files.read": Effect.PURE,
        "files.list": Effect.PURE,
        "files.search": Effect.PURE,
        "files.write": Effect.EXTERNAL,
        "shell.run": Effect.EXTERNAL,
        "http.request": Effect.EXTERNAL,
        "email.list": Effect.PURE,
        "email.read": Effect.PURE,
        "email.search": Effect.PURE,
        "email.send": Effect.EXTERNAL,
    }


@pytest.mark.parametrize(
    ("name", "arguments", "effect"),
    [
        ("files.write", {"path": "f", "text": ""}, Effect.IDEMPOTENT),
        ("files.write", {"path": "f", "text": "", "append": True}, Effect.EXTERNAL),
        ("http.request", {"url": "http://example.org"}, Effect.IDEMPOTENT),
        ("http.request", {"url": "http://example.org", "method": "PUT"}, Effect.EXTERNAL),
        ("echo", {"text": ""}, Effect.PURE),
    ],
)
def test_the_effect_of_a_call_can_be_less(name: str, arguments: dict[str, object], effect: Effect) -> None:
    assert registry.get(name).effect_of(registry.validate(name, arguments)) is effect


def test_an_unknown_tool_is_answered_with_what_comes_close() -> None:
    with pytest.raises(registry.UnknownTool, match=r"no tool 'files\.reed'; did you mean files\.read"):
        registry.get("files.reed")
    with pytest.raises(registry.UnknownTool, match=r"there are echo, email\.list"):
        registry.get("teleport")


def test_wrong_arguments_are_named_with_their_place_and_without_their_value() -> None:
    with pytest.raises(registry.InvalidArguments) as refused:
        registry.validate("http.request", {"url": "http://x", "headers": {"a": {"hunter2": 1}}, "nope": "hunter2"})

    assert {detail.path for detail in refused.value.details} == {"headers.a", "nope"}
    assert "hunter2" not in str(refused.value.details) + refused.value.message


def test_right_arguments_come_back_as_the_tool_takes_them() -> None:
    arguments = registry.validate("sleep", {"seconds": 1})

    assert isinstance(arguments, BaseModel)
    assert arguments.model_dump() == {"seconds": 1.0}


@pytest.mark.parametrize("seconds", [-1, 3601, float("nan"), float("inf"), "x", None])
def test_sleep_has_bounds(seconds: object) -> None:
    with pytest.raises(registry.InvalidArguments):
        registry.validate("sleep", {"seconds": seconds})
