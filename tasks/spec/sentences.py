"""Pydantic's findings → problems in our own words: what is wrong there and what to do, never pydantic's phrases."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Any

from pydantic import ValidationError

from agents.tools.base import Tool
from tasks.spec import choices, work
from tasks.spec.errors import Code, Problem
from tasks.spec.paths import Path
from tasks.spec.quoting import quote
from tasks.spec.suggestions import unknown_field

PRIVATE = frozenset({"env", "args", "data", "metadata", "prompt", "instructions"})
"""Fields whose values are never repeated in a sentence."""

_CHOICES: dict[str, type[StrEnum]] = {
    "type": choices.JobType,
    "agent_type": choices.AgentType,
    "runtime": choices.RuntimeName,
    "on_dependency_failure": choices.OnDependencyFailure,
    "isolation": choices.Isolation,
    "tool_calls": choices.ToolCalls,
    "context": choices.ContextChoice,
}

Finding = dict[str, Any]  # pydantic's: type, loc, input, ctx


def problems(error: ValidationError, path: Path) -> Iterator[Problem]:
    """Each finding as a problem below `path`."""
    for finding in error.errors(include_url=False):
        if finding["type"] == work.PROBLEMS:
            for problem in finding["ctx"]["problems"]:
                yield Problem(path + problem.path, problem.code, problem.message)
        else:
            yield _problem(dict(finding), path)


def _problem(finding: Finding, path: Path) -> Problem:
    kind, loc = finding["type"], tuple(finding["loc"])
    if kind == "extra_forbidden":
        return unknown_field(path + loc)
    if loc[-1:] == ("[key]",):
        return Problem(path + loc[:-1], Code.INVALID_VALUE, _NAME_OF_VARIABLE)
    whole = path + loc
    if kind == Code.INVALID_VALUE:
        return Problem(whole, Code.INVALID_VALUE, finding["ctx"]["sentence"])
    if kind in _WRONG_TYPES:
        return _wrong_type(finding, whole)
    code, sentence = _SAID.get(kind, (Code.INVALID_VALUE, _plainly))
    return Problem(whole, code, sentence(finding))


_NAME_OF_VARIABLE = "The name does not fit; use letters, digits and _ only, and do not begin with a digit."
_WRONG_TYPES = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping of names to values",
    "model_type": "a mapping of names to values",
    "model_attributes_type": "a mapping of names to values",
}


def _wrong_type(finding: Finding, path: Path) -> Problem:
    value, expected = finding["input"], _WRONG_TYPES[finding["type"]]
    what = _kind_of(value)
    hint, literal = "", None
    if value is None:
        hint = "; leave the field out, or fill it"
    elif expected == "text" and isinstance(value, bool | int | float):
        hint = "; put it in quotes"
        literal = None if is_private(path) else json.dumps(value)
    elif path[-1:] == ("command",) and isinstance(value, str):
        hint = ', the program and its arguments, such as ["git", "log"]; for a shell line ["sh", "-c", "…"]'
    elif expected == "a list" and isinstance(value, str):
        hint = "; write it as one, even of a single item"
    elif expected in ("a whole number", "a number") and isinstance(value, str):
        hint = "; remove the quotes"
    return Problem(path, Code.WRONG_TYPE, f"It is {what}, and must be {expected}{hint}.", literal=literal)


def _kind_of(value: Any) -> str:
    if value is None:
        return "empty (null)"
    if isinstance(value, bool):
        return f"the value {json.dumps(value)}"
    for kind, name in ((int, "a number"), (float, "a number"), (str, "text")):
        if isinstance(value, kind):
            return name
    return "a list" if isinstance(value, list) else "a mapping"


def is_private(path: Path) -> bool:
    return any(step in PRIVATE for step in path)


def _choice(finding: Finding) -> str:
    words = [choice.value for choice in _CHOICES[str(finding["loc"][-1])]]
    value = finding["input"]
    close = difflib.get_close_matches(value[:60].lower(), words, n=1) if isinstance(value, str) else []
    if close:
        return f'{quote(value)} is not known here; did you mean "{close[0]}"?'
    return f"{quote(value)} is not known here; use one of: {', '.join(words)}."


def _too_long(finding: Finding) -> str:
    return f"It has too many entries; {finding['ctx']['max_length']:,} are the most."


def _plainly(finding: Finding) -> str:
    return "The value cannot stand here; see docs/spec.md for what the field takes."


_SAID: dict[str, tuple[Code, Callable[[Finding], str]]] = {
    "missing": (Code.MISSING_FIELD, lambda finding: f"The field `{finding['loc'][-1]}` is missing; add it."),
    "enum": (Code.INVALID_VALUE, _choice),
    "too_long": (Code.INVALID_VALUE, _too_long),
    "too_short": (Code.INVALID_VALUE, lambda _: "It is empty; fill it, or leave the field out."),
    "string_too_short": (Code.INVALID_VALUE, lambda _: "It is empty; fill it, or leave the field out."),
    "string_too_long": (
        Code.INVALID_VALUE,
        lambda finding: f"It has {len(finding['input']):,} characters; {finding['ctx']['max_length']:,} are the most.",
    ),
    "greater_than_equal": (
        Code.INVALID_VALUE,
        lambda finding: f"{quote(finding['input'])} is too small; {finding['ctx']['ge']} is the least.",
    ),
    "less_than_equal": (
        Code.INVALID_VALUE,
        lambda finding: f"{quote(finding['input'])} is too large; {finding['ctx']['le']:,} is the most.",
    ),
    "finite_number": (Code.INVALID_VALUE, lambda _: "It is not a finite number; write one."),
}


def argument_sentence(finding: Finding, tool: Tool) -> str:
    """What is wrong with an argument of a tool. Its value may be a secret and is not repeated."""
    kind, name = finding["type"], str(finding["loc"][-1]) if finding["loc"] else ""
    if kind == "missing":
        return f"{tool.name} needs the argument `{name}`; add it."
    if kind == "extra_forbidden":
        known = list(tool.schema.get("properties", ()))
        close = difflib.get_close_matches(name[:60], known, n=1)
        hint = f"did you mean {quote(close[0])}?" if close else f"it takes {', '.join(known) or 'none'}."
        return f"{tool.name} takes no argument {quote(name)}; {hint}"
    if kind in _WRONG_TYPES:
        return f"It is {_kind_of(finding['input'])}, and {tool.name} takes {_WRONG_TYPES[kind]} here."
    if kind == "literal_error":
        return f"{tool.name} takes one of these here: {finding['ctx']['expected']}."
    if kind == "value_error":
        return as_sentence(str(finding["ctx"]["error"]))
    bounds = [f"{_BOUNDS[word]} {bound}" for word, bound in finding.get("ctx", {}).items() if word in _BOUNDS]
    return f"{tool.name} does not take this value{': it must be ' + bounds[0] if bounds else ''}; see its schema."


_BOUNDS = {
    "ge": "at least",
    "gt": "above",
    "le": "at most",
    "lt": "below",
    "min_length": "of a length of at least",
    "max_length": "of a length of at most",
}


def as_sentence(said: str) -> str:
    """What another room says of its own arguments, with a capital and a full stop."""
    return f"{said[:1].upper()}{said[1:].removesuffix('.')}."
