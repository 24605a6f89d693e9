"""The tools that there are, by name."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ValidationError

from agents.errors import Detail, InvalidInput
from agents.tools import echo, http, shell, sleep
from agents.tools.base import Tool
from agents.tools.files import list as list_
from agents.tools.files import read, search, write

_MODULES = (echo, sleep, read, write, list_, search, shell, http)
_TOOLS: dict[str, Tool] = {module.TOOL.name: module.TOOL for module in _MODULES}


class UnknownTool(InvalidInput):
    code: ClassVar[str] = "unknown_tool"
    title: ClassVar[str] = "There is no such tool"


class InvalidArguments(InvalidInput):
    """Its `details` name each wrong argument by its path, such as `url` or `headers.accept`."""

    code: ClassVar[str] = "invalid_arguments"
    title: ClassVar[str] = "The tool's arguments are not valid"


def get(name: str) -> Tool:
    """The tool of that name; raises UnknownTool with the names that come close."""
    try:
        return _TOOLS[name]
    except KeyError:
        close = difflib.get_close_matches(name, _TOOLS, n=3)
        hint = f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(names())}."
        raise UnknownTool(f"There is no tool {name!r}; {hint}") from None


def names() -> list[str]:
    return sorted(_TOOLS)


def all() -> list[Tool]:
    return [_TOOLS[name] for name in names()]


def validate(name: str, arguments: Mapping[str, Any]) -> BaseModel:
    """The arguments as the tool takes them; raises UnknownTool, or InvalidArguments with each fault."""
    tool = get(name)
    try:
        return tool.arguments.model_validate(dict(arguments))
    except ValidationError as error:
        details = details_of(error)
        first = details[0]
        where = f"{first.path}: " if first.path else ""
        raise InvalidArguments(
            f"The arguments of the tool {name} are not valid: {where}{first.message}.", details=details
        ) from None


def details_of(error: ValidationError) -> list[Detail]:
    """One Detail for each fault that pydantic found; the values themselves, which may be secret, stay out."""
    return [
        Detail(
            message=_sentence(fault["msg"]),
            code=fault["type"],
            path=".".join(str(part) for part in fault["loc"]),
        )
        for fault in error.errors(include_url=False, include_context=False, include_input=False)
    ]


def _sentence(message: str) -> str:
    return message.removeprefix("Value error, ").removesuffix(".")
