"""The query of a request's address: each parameter read by its own rule, and what nobody knows refused.

A parameter says everything about itself once: its name, how it is read, and what OpenAPI shows.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from agents.errors import Detail, InvalidInput
from tasks.spec.errors import Code
from tasks.spec.priorities import parse_priority
from tasks.spec.quoting import quote

LONGEST = 1000
MOST_SERIAL = 2**63 - 1


@dataclass(frozen=True)
class Parameter:
    """`read` turns what was written into a value, or raises ValueError with what it should be.

    Where `many`, the parameter may stand several times, or once with commas, and its value is a list.
    """

    name: str
    description: str
    read: Callable[[str], Any] = str
    schema: dict[str, Any] = field(default_factory=lambda: {"type": "string"})
    many: bool = False
    default: Any = None

    def openapi(self) -> OpenApiParameter:
        schema = {"type": "array", "items": self.schema} if self.many else dict(self.schema)
        if self.default is not None:
            schema["default"] = self.default
        return OpenApiParameter(self.name, schema, OpenApiParameter.QUERY, description=self.description)


def words(name: str, description: str, choices: Sequence[str], what: str) -> Parameter:
    """Any of some words."""

    def read_word(said: str) -> str:
        if said not in choices:
            raise ValueError(f"{what} are {', '.join(choices)}")
        return said

    return Parameter(name, description, read_word, {"type": "string", "enum": list(choices)}, many=True)


def number(name: str, description: str, least: int, most: int, default: int | None = None) -> Parameter:
    def read_number(said: str) -> int:
        if not (said.isascii() and said.isdigit() and len(said) < 20 and least <= int(said) <= most):
            raise ValueError(f"it is a whole number from {least} to {most}")
        return int(said)

    schema = {"type": "integer", "minimum": least, "maximum": most}
    return Parameter(name, description, read_number, schema, default=default)


def moment(name: str, description: str) -> Parameter:
    return Parameter(name, description, read_moment, {"type": "string", "format": "date-time"})


def read_moment(said: str) -> datetime:
    try:
        text = said.strip()
        at = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)  # a plus may arrive as a space
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("write a time such as 2026-01-31T18:00:00Z") from None


def read_id(said: str) -> UUID:
    try:
        return UUID(said)
    except ValueError:
        raise ValueError("it is an id such as 0199d4c0-8f3a-7d5e-9a1b-2c3d4e5f6a7b") from None


def read_priority(said: str) -> int:
    return int(parse_priority(said))


def limit(default: int = 50, most: int = 200) -> Parameter:
    return number("limit", f"How many at most; up to {most}.", 1, most, default)


CURSOR = Parameter(
    "cursor", "Where the list goes on; it stands in `next` of the part before.", read_id, {"type": "string"}
)
WORKSPACE = Parameter("workspace", "Only those of the workspace with this slug.")


def after(what: str) -> Parameter:
    return number(
        "after",
        f"Only what comes behind this number, which is the `next` of the answer before: {what}.",
        0,
        MOST_SERIAL,
        0,
    )


def read(request: Request, *known: Parameter) -> dict[str, Any]:
    """The value of each known parameter, or its default. Raises InvalidInput, naming every one that is wrong."""
    given = request.query_params
    return read_said({name: given.getlist(name) for name in given}, *known)


def read_said(given: Mapping[str, list[str]], *known: Parameter) -> dict[str, Any]:
    """The same of what was said elsewhere, as texts under the parameters' names."""
    by_name = {parameter.name: parameter for parameter in known}
    details = [_unknown(name, by_name) for name in given if name not in by_name]
    values: dict[str, Any] = {}
    for parameter in known:
        said = given.get(parameter.name, [])
        try:
            values[parameter.name] = _value(parameter, said)
        except ValueError as error:
            details.append(Detail(f"{quote(said[-1])} cannot be: {error}.", Code.INVALID_VALUE.value, parameter.name))
    if details:
        raise InvalidInput(f"{details[0].path}: {details[0].message}", details=details)
    return values


def _value(parameter: Parameter, said: list[str]) -> Any:
    said = [text for text in said if text != ""]
    if any(len(text) > LONGEST or "\x00" in text for text in said):
        raise ValueError(f"write up to {LONGEST} characters of text")
    if parameter.many:
        return [parameter.read(part) for text in said for part in text.split(",") if part]
    if len(said) > 1:
        raise ValueError("it can be given once")
    return parameter.read(said[0]) if said else parameter.default


def _unknown(name: str, known: dict[str, Parameter]) -> Detail:
    close = difflib.get_close_matches(name[:60], known, n=1)
    hint = f"did you mean {close[0]}?" if close else f"there is {', '.join(known)}." if known else "there is none."
    return Detail(f"There is no parameter {quote(name)} here; {hint}", Code.UNKNOWN_FIELD.value, name[:80])
