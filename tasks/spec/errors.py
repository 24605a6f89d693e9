"""What can be wrong with a spec: the codes, one problem, and the error that carries all of them.

The codes are documented in docs/errors.md; a test holds the two equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from agents.errors import Detail, InvalidInput, TooLarge
from tasks.spec.paths import Path, as_text
from tasks.spec.quoting import LONGEST

MOST_PROBLEMS = 50  # of one document; who has more than that reads these first


class Code(StrEnum):
    INVALID_ENCODING = "invalid_encoding"
    INVALID_JSON = "invalid_json"
    INVALID_YAML = "invalid_yaml"
    PAYLOAD_TOO_LARGE = "payload_too_large"
    DUPLICATE_FIELD = "duplicate_field"
    UNKNOWN_FIELD = "unknown_field"
    MISSING_FIELD = "missing_field"
    WRONG_TYPE = "wrong_type"
    INVALID_VALUE = "invalid_value"
    CONFLICTING_FIELDS = "conflicting_fields"
    UNKNOWN_TOOL = "unknown_tool"
    INVALID_ARGUMENTS = "invalid_arguments"
    RUNTIME_UNAVAILABLE = "runtime_unavailable"
    UNKNOWN_MODEL = "unknown_model"
    MISSING_PROVIDER_KEY = "missing_provider_key"
    DUPLICATE_KEY = "duplicate_key"
    UNKNOWN_DEPENDENCY = "unknown_dependency"
    DEPENDENCY_CYCLE = "dependency_cycle"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong at one place of the document; the line is found later, from the source."""

    path: Path
    code: Code
    message: str
    line: int | None = None
    literal: str | None = None  # what to put in quotes, unless the source shows how it was written

    def detail(self, line: int | None = None, unquoted: str | None = None) -> Detail:
        """For people: with its line, and with the text as the source has it."""
        message, literal = self.message, self.literal and (unquoted or self.literal)
        if literal and len(literal) <= LONGEST:
            message = f'{message.removesuffix(".")}: "{literal}".'
        return Detail(message=message, code=self.code.value, path=as_text(self.path), line=self.line or line)


class InvalidSpec(InvalidInput):
    """`details` holds one entry for each problem: path, line (where there is a source), code and sentence."""

    code, title = "invalid_spec", "The task spec is not valid"

    def __init__(self, details: list[Detail]) -> None:
        super().__init__(_sentence(details), details=details[:MOST_PROBLEMS])


class PayloadTooLarge(TooLarge):
    """The document, or one job of it, is larger than the limits of `tasks.spec.sizes`."""

    code, title = Code.PAYLOAD_TOO_LARGE.value, "The task spec is too large"

    def __init__(self, detail: Detail) -> None:
        super().__init__(_sentence([detail]), details=[detail])


def _sentence(details: list[Detail]) -> str:
    first = f"{_place(details[0])}{details[0].message}"
    if len(details) == 1:
        return first
    count = f"{MOST_PROBLEMS} or more" if len(details) >= MOST_PROBLEMS else str(len(details))
    return f"The spec has {count} mistakes. The first: {first}"


def _place(detail: Detail) -> str:
    line = f"line {detail.line}" if detail.line else ""
    if detail.path:
        return f"{detail.path} ({line}): " if line else f"{detail.path}: "
    return f"{line.capitalize()}: " if line else ""
