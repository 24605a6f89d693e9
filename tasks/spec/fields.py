"""The types of a spec's fields: what each takes, what it says of a wrong value, and its JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, GetCoreSchemaHandler, WithJsonSchema
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from tasks.spec import durations, priorities
from tasks.spec.errors import Code
from tasks.spec.priorities import Priority
from tasks.spec.quoting import quote

LONGEST_TIMEOUT = timedelta(days=24)
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\Z")


def is_job_id(text: str) -> bool:
    return _UUID.match(text) is not None


def wrong(sentence: str) -> PydanticCustomError:
    """The error a field raises: its sentence is what a person reads."""
    return PydanticCustomError(Code.INVALID_VALUE.value, "{sentence}", {"sentence": sentence})


@dataclass(frozen=True)
class Text:
    """A string of 1 to `longest` characters that matches `pattern` as a whole; else the sentence says what to do."""

    longest: int
    pattern: str = r"[^\x00]+"
    sentence: str = "give it at least one character."
    check: Callable[[str], str | None] = field(default=lambda value: None)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        whole, longest = re.compile(self.pattern), self.longest

        def validate(value: str) -> str:
            if len(value) > longest:
                raise wrong(f"It is {len(value):,} characters long; {longest:,} are the most.")
            if whole.fullmatch(value) is None:
                raise wrong(f"{quote(value)} cannot stand here; {self.sentence}")
            if complaint := self.check(value):
                raise wrong(complaint)
            return value

        return core_schema.no_info_after_validator_function(validate, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: Any) -> dict[str, Any]:
        return {"type": "string", "minLength": 1, "maxLength": self.longest, "pattern": f"^(?:{self.pattern})$"}


def _not_an_id(key: str) -> str | None:
    if is_job_id(key):
        return "A key must not look like a job's id, or depends_on could not tell the two apart; choose a word."
    return None


def _inside(glob: str) -> str | None:
    if glob.startswith("/") or ".." in glob.split("/"):
        return f"{quote(glob)} leaves the project; write paths relative to its root, without `..`."
    return None


def _priority(said: object) -> Priority:
    try:
        return priorities.parse_priority(said)
    except ValueError:
        raise wrong(f"{quote(said)} is not a priority; {priorities.HOW_TO_SAY_IT}.") from None


def _duration(said: object) -> timedelta:
    try:
        return durations.parse_duration(said)
    except ValueError:
        raise wrong(f"{quote(said)} is not a duration above zero; {durations.HOW_TO_SAY_IT}.") from None


def _not_for_weeks(timeout: timedelta) -> timedelta:
    if timeout > LONGEST_TIMEOUT:
        raise wrong(f"It is longer than {durations.format_duration(LONGEST_TIMEOUT)}, the most for one attempt.")
    return timeout


def _moment(said: object) -> datetime:
    """ISO 8601 with a zone, kept in UTC."""
    try:
        moment = said if isinstance(said, datetime) else datetime.fromisoformat(str(said).strip())
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise wrong(f"{quote(said)} is not a time with a zone; write it like 2026-01-31T18:00:00Z.")


def _names_a_program(command: list[str]) -> list[str]:
    if command and not command[0].strip():
        raise wrong("The program's name, its first item, is empty; write it.")
    return command


def _no_duplicates(words: list[str]) -> list[str]:
    return list(dict.fromkeys(words))


_WORDS_SENTENCE = "use letters, digits and . _ - : / only, and begin with a letter or a digit."
_WORD_PATTERN = r"[A-Za-z0-9][A-Za-z0-9._:/-]*"

Key = Annotated[str, Text(100, _WORD_PATTERN, _WORDS_SENTENCE, _not_an_id)]
Dependency = Annotated[str, Text(100, _WORD_PATTERN, "name the key of another task of the batch, or a job's id.")]
StepId = Annotated[str, Text(60, r"[A-Za-z_][A-Za-z0-9_-]*", "use letters, digits, _ and -, and begin with a letter.")]
Slug = Annotated[str, Text(60, r"[a-z0-9][a-z0-9_-]*", "write the slug: small letters, digits, - and _ only.")]
Line = Annotated[str, Text(200, r"[^\x00-\x1f\x7f]+", "write one line of text.")]
Tag = Annotated[str, Text(60, r"[^\x00-\x20\x7f,]+", "write one word, without spaces and commas.")]
Glob = Annotated[str, Text(500, r"[^\x00-\x1f\x7f]+", "write a path or a glob such as src/**/*.py.", _inside)]
VariableName = Annotated[
    str, Text(200, r"[A-Za-z_][A-Za-z0-9_]*", "name the variable with letters, digits and _ only.")
]

PriorityField = Annotated[
    Priority,
    BeforeValidator(_priority),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": [p.label for p in Priority]},
                {"enum": [p.word for p in Priority]},
                {"type": "integer", "minimum": 1, "maximum": 5},
            ]
        }
    ),
]
Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "exclusiveMinimum": 0},
                {"type": "string", "pattern": r"^\s*(\d+(\.\d+)?\s*(ms|s|m|h|d)?\s*)+$"},
            ]
        }
    ),
]
Timeout = Annotated[Duration, AfterValidator(_not_for_weeks)]
Moment = Annotated[datetime, BeforeValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})]
Unique = AfterValidator(_no_duplicates)
NamesAProgram = AfterValidator(_names_a_program)
