"""The tool calls of a spec against the tools that there are: their names, and their arguments' schemas."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from pydantic import ValidationError

from agents.runtimes import plan
from agents.runtimes.references import has_references
from agents.tools.base import Tool
from agents.tools.registry import may_be_of_a_server
from tasks.spec.errors import Code, Problem
from tasks.spec.model import Step, TaskSpec
from tasks.spec.paths import Path
from tasks.spec.quoting import quote
from tasks.spec.sentences import argument_sentence, as_sentence

_KNOWN_AT_ONCE = ("missing", "extra_forbidden")


class Tools(Protocol):
    """Where tools are looked up; `agents.tools.registry` is one."""

    def names(self) -> list[str]: ...

    def get(self, name: str, /) -> Tool: ...


def problems(spec: TaskSpec, path: Path, tools: Tools) -> Iterator[Problem]:
    known = tools.names()
    for index, step in enumerate(spec.steps):
        place = place_of(spec, path, index)
        if step.tool in known:
            yield from problems_of_arguments(step, (*place, "args"), tools.get(step.tool))
        elif not may_be_of_a_server(step.tool):  # else `tasks.server_tools` tells, when the workspace is known
            yield unknown(step.tool, (*place, "tool"), known)


def place_of(spec: TaskSpec, path: Path, index: int) -> Path:
    """Where this step of the spec stands; the only one of a spec that is a single call stands in the spec itself."""
    return path if spec.tool is not None else (*path, "steps", index)


def unknown(name: str, path: Path, known: Sequence[str]) -> Problem:
    """There is no tool of that name, and which come close."""
    close = difflib.get_close_matches(name[:60], known, n=3)
    hint = f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(known)}."
    return Problem(path, Code.UNKNOWN_TOOL, f"There is no tool {quote(name)}; {hint}")


def problems_of_arguments(step: Step, path: Path, tool: Tool) -> Iterator[Problem]:
    """Each argument of the step that the tool does not take; `path` is that of its arguments."""
    try:
        tool.arguments.model_validate(step.args)
    except ValidationError as error:
        seen = set()
        for finding in error.errors(include_url=False):
            place = _place(finding["loc"], step.args, finding["type"] == "missing")
            if finding["type"] not in _KNOWN_AT_ONCE and _holds_reference(step.args, place):
                continue
            if place not in seen:  # a union says the same of each of its members
                seen.add(place)
                sentence = argument_sentence(dict(finding), tool)
                yield Problem(path + place, Code.INVALID_ARGUMENTS, sentence)


def _place(loc: Sequence[str | int], args: Any, missing: bool) -> Path:
    """The part of pydantic's location that stands in the arguments, without the names of union members."""
    place: list[str | int] = []
    for step in loc[:-1] if missing else loc:
        if _has(args, step):
            place.append(step)
            args = args[step]
    return (*place, *loc[-1:]) if missing else tuple(place)


def _has(value: Any, step: str | int) -> bool:
    if isinstance(value, dict):
        return step in value
    return isinstance(value, list) and isinstance(step, int) and step < len(value)


def _holds_reference(args: Any, place: Path) -> bool:
    """Whether an earlier step's result will stand there, so that only the run can tell what it is."""
    for step in place:
        args = args[step]
    return has_references(args)


def problems_of_references(spec: TaskSpec, path: Path) -> Iterator[Problem]:
    """References to steps that do not come before, and into shell lines; the runtime itself knows which."""
    if not any(has_references(step.args) for step in spec.steps):
        return
    steps = [plan.Step(tool=step.tool, args=step.args, id=step.id) for step in spec.steps]
    for fault in plan.faults(steps):
        place = place_of(spec, path, fault.step)
        yield Problem((*place, "args", fault.argument), Code.INVALID_ARGUMENTS, as_sentence(fault.message))
