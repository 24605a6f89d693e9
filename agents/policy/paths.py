"""Paths into arguments, such as `args.headers.authorization`, `args.items[*].key` or `args.**.password`.

A path begins with `args`. `.name` is a field, whatever its case; `["any name"]` is one whose name is no word; `.*` is
any field, `[3]` an item, `[*]` any item, `.**` any number of levels of either.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from agents.errors import Detail, InvalidInput

ROOT = "args"
LONGEST, MOST_STEPS = 500, 20
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")
_STEP = re.compile(
    r"""\.(?P<deep>\*\*) | \.(?P<any>\*) | \.(?P<name>[A-Za-z_][A-Za-z0-9_-]*) | \[(?P<every>\*)\]
    | \[(?P<index>\d{1,9})\] | \[(?P<quoted>"(?:[^"\\]|\\.)*")\]""",
    re.VERBOSE,
)


class InvalidPath(InvalidInput):
    code, title = "invalid_path", "The path cannot be read"


@dataclass(frozen=True)
class Field:
    """A field by its name, or any for None. Names compare without case, as those of headers do."""

    name: str | None


@dataclass(frozen=True)
class Item:
    """An item of a list by its number, or any for None."""

    index: int | None


@dataclass(frozen=True)
class Deep:
    """Any number of levels."""


Steps = tuple[Field | Item | Deep, ...]
Place = tuple[str | int, ...]


def steps_of(path: str) -> Steps:
    """The steps of a path behind `args`. Raises InvalidPath, which names the place of what cannot be read."""
    if not path.startswith(ROOT) or len(path) > LONGEST:
        raise _wrong(path, 0, f"a path begins with {ROOT} and has up to {LONGEST} characters")
    steps: list[Field | Item | Deep] = []
    at = len(ROOT)
    while at < len(path):
        found = _STEP.match(path, at)
        if found is None:
            raise _wrong(path, at, 'write .name, ["a name"], .*, [0], [*] or .**')
        steps.append(_step(path, at, found))
        at = found.end()
    if not steps or isinstance(steps[-1], Deep):
        raise _wrong(path, at, "it ends before it names a field or an item")
    if len(steps) > MOST_STEPS or sum(isinstance(step, Deep) for step in steps) > 2:
        raise _wrong(path, 0, f"it may have {MOST_STEPS} steps, two of them .**")
    return tuple(steps)


def _step(path: str, at: int, found: re.Match[str]) -> Field | Item | Deep:
    match found.lastgroup:
        case "deep":
            return Deep()
        case "any":
            return Field(None)
        case "every":
            return Item(None)
        case "index":
            return Item(int(found["index"]))
        case "name":
            return Field(found["name"].casefold())
        case _:
            try:
                return Field(str(json.loads(found["quoted"])).casefold())
            except ValueError:
                raise _wrong(path, at, "the name in quotes is not a JSON text") from None


def places(value: Any, steps: Steps) -> set[Place]:
    """Where in the value these steps lead."""
    found: set[Place] = set()
    ahead: list[tuple[Any, int, Place]] = [(value, 0, ())]
    seen: set[tuple[int, Place]] = set()
    while ahead:
        here, number, place = ahead.pop()
        if (number, place) in seen:
            continue
        seen.add((number, place))
        if number == len(steps):
            found.add(place)
            continue
        step = steps[number]
        if isinstance(step, Deep):
            ahead.append((here, number + 1, place))
        ahead += [
            (part, number if isinstance(step, Deep) else number + 1, (*place, key))
            for key, part in _parts(here)
            if _leads(step, key)
        ]
    return found


def _parts(value: Any) -> list[tuple[str | int, Any]]:
    if isinstance(value, dict):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, list) else []


def _leads(step: Field | Item | Deep, key: str | int) -> bool:
    match step:
        case Deep():
            return True
        case Field(name):
            return isinstance(key, str) and (name is None or key.casefold() == name)
        case Item(index):
            return isinstance(key, int) and (index is None or key == index)


def as_text(place: Place) -> str:
    """The place as a path that leads there."""
    return ROOT + "".join(map(_step_text, place))


def _step_text(key: str | int) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    return f".{key}" if _WORD.match(key) else f"[{json.dumps(key, ensure_ascii=False)}]"


def _wrong(path: str, at: int, sentence: str) -> InvalidPath:
    message = f"The path {path[:80]!r} cannot be read at character {at + 1}: {sentence}."
    return InvalidPath(message, details=[Detail(message, InvalidPath.code)])
