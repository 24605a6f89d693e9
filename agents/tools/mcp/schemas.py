"""Arguments that a server's own JSON Schema describes, checked like those of our tools.

The schema comes from a stranger: it is bounded, its references stay inside of it, its regular expressions are left to
the server (one can take for ever), and what it demands is checked within a budget of steps.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, cast

from jsonschema import validators
from jsonschema.exceptions import SchemaError
from jsonschema.exceptions import ValidationError as SchemaFault
from jsonschema.protocols import Validator
from jsonschema.validators import Draft4Validator, Draft202012Validator
from pydantic import BaseModel, RootModel, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError
from referencing import Registry
from referencing.exceptions import Unresolvable

MOST_BYTES = 64 * 1024
MOST_LEVELS = 32
MOST_STEPS = 20_000
MOST_FAULTS = 20
_LEFT_TO_THE_SERVER = frozenset(
    {
        "pattern",
        "patternProperties",
        "unevaluatedProperties",
        "unevaluatedItems",
        "format",
        "$dynamicRef",
        "$recursiveRef",
    }
)
_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "null",
}


class TooComplex(Exception):
    """Checking takes more steps than anything reasonable."""


def fault_of(schema: Any) -> str:
    """Why this cannot be the schema of a tool's arguments; empty if it can."""
    if not isinstance(schema, dict) or schema.get("type") != "object":
        return "its schema is not that of an object"
    try:
        size = len(json.dumps(schema, allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        return "its schema is no JSON"
    if size > MOST_BYTES:
        return f"its schema has {size:,} bytes; at most {MOST_BYTES:,} are taken"
    if _levels(schema) > MOST_LEVELS:
        return f"its schema is nested deeper than {MOST_LEVELS} levels"
    try:
        _dialect(schema).check_schema(schema)
    except (SchemaError, RecursionError):
        return "its schema is no valid JSON Schema"
    return ""


def model_of(tool: str, schema: Mapping[str, Any]) -> type[BaseModel]:
    """A model whose validation is that of the schema; its one field, `root`, is the arguments as they came."""

    class SchemaArguments(RootModel[dict[str, Any]]):
        @classmethod
        def model_validate(cls, obj: Any, **options: Any) -> SchemaArguments:
            if faults := _faults(schema, obj):
                raise ValidationError.from_exception_data(tool, faults)
            return cls.model_construct(obj)

        @classmethod
        def model_json_schema(cls, *_: Any, **options: Any) -> dict[str, Any]:
            return dict(schema)

    return SchemaArguments


def _faults(schema: Mapping[str, Any], arguments: Any) -> list[InitErrorDetails]:
    if not isinstance(arguments, dict):
        return [_fault("value_error", (), "it must be a mapping")]
    found: list[InitErrorDetails] = []
    validator = _validator(schema)
    try:
        for problem in validator.iter_errors(arguments):
            found += _told(problem)
            if len(found) >= MOST_FAULTS:
                break
    except (TooComplex, RecursionError):
        return [_fault("value_error", (), "they cannot be checked: the tool's schema is too complex")]
    except Unresolvable:
        return [_fault("value_error", (), "they cannot be checked: the tool's schema refers to what is not in it")]
    return found


def _told(problem: SchemaFault) -> Iterator[InitErrorDetails]:
    """In words that repeat nothing of the value, which may be a secret."""
    place = tuple(problem.absolute_path)
    value, instance = cast(Any, problem.validator_value), cast(Any, problem.instance)
    match problem.validator:
        case "required":
            for name in value:
                if name not in instance:
                    yield InitErrorDetails(type="missing", loc=(*place, str(name)), input=None)
        case "additionalProperties" if value is False:
            known = set((problem.schema if isinstance(problem.schema, dict) else {}).get("properties", ()))
            for name in sorted(set(instance) - known):
                yield InitErrorDetails(type="extra_forbidden", loc=(*place, name), input=None)
        case _:
            yield _fault("value_error", place, _sentence(str(problem.validator), value))


def _sentence(keyword: str, value: Any) -> str:
    if keyword == "type":
        kinds = value if isinstance(value, list) else [value]
        return f"it must be {' or '.join(_TYPES.get(str(kind), str(kind)) for kind in kinds)}"
    if keyword in _PHRASES:
        said = json.dumps(value, ensure_ascii=False)
        return f"it must be {_PHRASES[keyword]} {said if len(said) <= 200 else said[:200] + '…'}"
    return f"it does not fit `{keyword[:40]}` of the tool's schema"


_PHRASES = {
    "enum": "one of",
    "const": "exactly",
    "minimum": "at least",
    "exclusiveMinimum": "above",
    "maximum": "at most",
    "exclusiveMaximum": "below",
    "minLength": "of a length of at least",
    "maxLength": "of a length of at most",
    "minItems": "of a length of at least",
    "maxItems": "of a length of at most",
    "multipleOf": "a multiple of",
}


def _fault(kind: str, place: tuple[Any, ...], sentence: str) -> InitErrorDetails:
    return InitErrorDetails(type=PydanticCustomError(kind, "{error}", {"error": sentence}), loc=place, input=None)


def _validator(schema: Mapping[str, Any]) -> Validator:
    """One for one check: it counts its steps. Its registry is empty, so that no reference leads outside."""
    steps = [0]
    original = _dialect(schema)
    closed = original.VALIDATORS["additionalProperties"]

    def counted(rule: Callable[..., Any]) -> Callable[..., Any]:
        def check(validator: Any, value: Any, instance: Any, schema: Any) -> Any:
            steps[0] += 1
            if steps[0] > MOST_STEPS:
                raise TooComplex
            if rule is closed and "patternProperties" in schema:
                return None  # which are additional, its regular expressions say
            return rule(validator, value, instance, schema)

        return check

    rules = {name: counted(rule) for name, rule in original.VALIDATORS.items() if name not in _LEFT_TO_THE_SERVER}
    kind = validators.create(
        original.META_SCHEMA,
        validators=rules,
        type_checker=original.TYPE_CHECKER,
        id_of=original.ID_OF,
    )
    return cast(Validator, kind(dict(schema), registry=Registry()))


def _dialect(schema: Mapping[str, Any]) -> Any:
    """The one that the schema names, if we know it; MCP's own is 2020-12."""
    named = schema.get("$schema")
    return _known(named) if isinstance(named, str) else Draft202012Validator


@cache
def _known(named: str) -> Any:
    found = validators.validator_for({"$schema": named}, default=Draft202012Validator)
    return Draft202012Validator if found is Draft4Validator else found


def _levels(value: Any) -> int:
    deepest, ahead = 0, [(value, 1)]
    while ahead:
        part, level = ahead.pop()
        deepest = max(deepest, level)
        if isinstance(part, dict):
            ahead += [(each, level + 1) for each in part.values()]
        elif isinstance(part, list):
            ahead += [(each, level + 1) for each in part]
    return deepest
