"""Tasks that a step will hand to other jobs are read at the door, as far as they are written out there."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agents.tools import registry
from tests.tasks.spec.toolbox import mistakes, read

pytestmark = [pytest.mark.requirement("J6"), pytest.mark.requirement("J11")]


Place = tuple[str, str | None, int | None]


def found_in(body: str | dict[str, Any]) -> list[Place]:
    """Code, path and line of each mistake, with our own tools."""
    text = body if isinstance(body, str) else json.dumps(body)
    return [(detail.code, detail.path, detail.line) for detail in mistakes(text, tools=registry)]


def handing_over(*tasks: dict[str, Any]) -> dict[str, Any]:
    return {"tool": "task.submit", "args": {"tasks": list(tasks)}}


def test_each_mistake_has_its_place_and_line() -> None:
    body = """
steps:
- tool: task.submit
  args:
    tasks:
    - {title: Good, command: [ls]}
    - title: Bad
      comand: [ls]
      priority: 9
"""
    assert found_in(body) == [
        ("missing_field", "steps[0].args.tasks[1]", 7),
        ("unknown_field", "steps[0].args.tasks[1].comand", 8),
        ("invalid_value", "steps[0].args.tasks[1].priority", 9),
    ]


def test_of_a_single_task_too() -> None:
    body = {"tool": "task.submit", "args": {"task": {"command": ["ls"], "limits": {"attempts": 0}}}}
    assert found_in(body) == [("invalid_value", "args.task.limits.attempts", 1)]


def test_what_is_between_them_counts() -> None:
    first, second = ({"key": key, "command": ["ls"], "depends_on": [other]} for key, other in ("ab", "ba"))
    assert {code for code, _, _ in found_in(handing_over(first, second))} == {"dependency_cycle"}
    same = {"key": "same", "command": ["ls"]}
    assert [code for code, _, _ in found_in(handing_over(same, same))] == ["duplicate_key"]


def test_so_do_the_tasks_of_their_tasks() -> None:
    inner = handing_over({"command": "ls"})
    assert found_in(handing_over(handing_over({"command": ["ls"]}), inner)) == [
        ("wrong_type", "args.tasks[1].args.tasks[0].command", 1)
    ]


@pytest.mark.parametrize("path", ["tasks", "task"])
def test_what_comes_from_earlier_steps_is_judged_when_it_is_there(path: str) -> None:
    task = {"title": "${steps.first.value}", "priority": "${steps.first.value}", "command": ["ls"]}
    steps = [
        {"id": "first", "tool": "echo", "args": {"value": 1}},
        {"tool": "task.submit", "args": {path: [task] if path == "tasks" else task}},
    ]
    [spec] = read(json.dumps({"steps": steps}), tools=registry)
    assert spec.steps[1].args[path]


def test_a_job_of_another_type_is_none_that_a_task_may_ask_for() -> None:
    assert found_in(handing_over({"type": "spawn-agent", "agent_type": "dev"})) == [
        ("invalid_value", "args.tasks[0].type", 1)
    ]
