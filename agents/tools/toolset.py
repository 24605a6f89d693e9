"""Tools by name: a value, so that what a workspace adds to our own is looked up in the same way."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import BaseModel, ValidationError

from agents.errors import Detail, InvalidInput
from agents.tools.base import Tool

MOST_NAMED = 20


class UnknownTool(InvalidInput):
    code: ClassVar[str] = "unknown_tool"
    title: ClassVar[str] = "There is no such tool"


class InvalidArguments(InvalidInput):
    """Its `details` name each wrong argument by its path, such as `url` or `headers.accept`."""

    code: ClassVar[str] = "invalid_arguments"
    title: ClassVar[str] = "The tool's arguments are not valid"


@dataclass(frozen=True)
class Toolset:
    """Some tools, each under its name."""

    tools: Mapping[str, Tool]

    def __contains__(self, name: object) -> bool:
        return name in self.tools

    def get(self, name: str, /) -> Tool:
        """The tool of that name; raises UnknownTool with the names that come close."""
        try:
            return self.tools[name]
        except KeyError:
            raise UnknownTool(f"There is no tool {name!r}; {self.hint(name)}") from None

    def hint(self, name: str) -> str:
        """What to say to who asked for a tool that there is not."""
        close = difflib.get_close_matches(name[:200], self.tools, n=3)
        if close:
            return f"did you mean {' or '.join(close)}?"
        names = self.names()
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        return f"there are {', '.join(names[:MOST_NAMED])}{more}."

    def names(self) -> list[str]:
        return sorted(self.tools)

    def all(self) -> list[Tool]:
        return [self.tools[name] for name in self.names()]

    def and_those(self, others: Mapping[str, Tool]) -> Toolset:
        """These and others; these win where a name is in both."""
        return Toolset({**others, **self.tools})

    def validate(self, name: str, arguments: Mapping[str, Any]) -> BaseModel:
        """The arguments as the tool takes them; raises UnknownTool, or InvalidArguments with each fault."""
        tool = self.get(name)
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
