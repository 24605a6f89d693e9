"""How a step of a plan uses what earlier steps gave: `${steps.0.text}`, `${steps.read.text}`.

After `steps.` comes the number of an earlier step (from 0) or its `id`, then the way into its result: names of
objects and numbers of lists (from 0), with dots between. Where the reference is the whole text, the value is put
there as it is, with its type; inside a longer text it becomes text, and what is no text becomes JSON.
`$${steps.0.text}` is the plain text `${steps.0.text}`. Nothing is evaluated, and every other `${…}` is left alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agents.runtimes.failure import Failure, permanent
from agents.tools.results import size_of

MAX_ARGUMENTS_BYTES = 1024 * 1024
MAX_RESULTS_BYTES = 16 * 1024 * 1024

_REFERENCE = re.compile(r"(\$?)\$\{steps\.([^${}]*)\}")


@dataclass(frozen=True)
class Fault:
    """A reference that cannot work, known before the plan runs."""

    step: int
    argument: str
    message: str


def faults(steps: Sequence[tuple[str | None, Mapping[str, Any]]]) -> list[Fault]:
    """Every reference in these steps (their ids and arguments) to a step that is not an earlier one."""
    found: list[Fault] = []
    earlier: set[str] = set()
    for index, (name, arguments) in enumerate(steps):
        for argument, value in arguments.items():
            found += [
                Fault(index, argument, _no_such_step(way, earlier))
                for way in _ways(value)
                if way.split(".")[0] not in earlier
            ]
        earlier.add(str(index))
        if name:
            earlier.add(name)
    return found


def has_references(value: Any) -> bool:
    return next(_ways(value), None) is not None


@dataclass
class Results:
    """What the steps gave so far."""

    values: list[Any] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    _numbers: dict[str, int] = field(default_factory=dict)

    def add(self, name: str | None, result: Any) -> None:
        self.sizes.append(size_of(result))
        if sum(self.sizes) > MAX_RESULTS_BYTES:
            raise permanent(
                "results_too_large",
                f"The results of the steps together have more than {MAX_RESULTS_BYTES:,} bytes.",
            )
        self._numbers[str(len(self.values))] = len(self.values)
        if name:
            self._numbers[name] = len(self.values)
        self.values.append(result)

    def fill(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments with every reference replaced. Raises Failure `bad_reference`, `arguments_too_large`."""
        return _Filling(self).mapping(arguments)

    def find(self, way: str) -> Any:
        """The value at `way`, such as `0.entries.2.path`."""
        step, *parts = way.split(".")
        if step not in self._numbers:
            raise _bad(_no_such_step(way, self._numbers))
        value = self.values[self._numbers[step]]
        for depth, part in enumerate(parts):
            here = ".".join(["steps", step, *parts[:depth]])
            value = _into(value, part, here, way)
        return value


class _Filling:
    """One filling of arguments, which ends when they have grown too large: a reference can be used many times."""

    def __init__(self, results: Results) -> None:
        self._results = results
        self._left = MAX_ARGUMENTS_BYTES

    def mapping(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self.value(part) for name, part in values.items()}

    def value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return self.mapping(value)
        if isinstance(value, list):
            return [self.value(part) for part in value]
        return value

    def text(self, text: str) -> Any:
        whole = _REFERENCE.fullmatch(text)
        if whole and not whole[1]:
            return self.found(whole[2])
        return _REFERENCE.sub(self.inside, text)

    def inside(self, match: re.Match[str]) -> str:
        if match[1]:
            return match[0][1:]
        value = self.found(match[2])
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    def found(self, way: str) -> Any:
        value = self._results.find(way)
        self._left -= size_of(value)
        if self._left < 0:
            raise permanent(
                "arguments_too_large",
                f"With the results it refers to, its arguments have more than {MAX_ARGUMENTS_BYTES:,} bytes.",
            )
        return value


def _ways(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        for escape, way in _REFERENCE.findall(value):
            if not escape:
                yield way
    elif isinstance(value, dict):
        for part in value.values():
            yield from _ways(part)
    elif isinstance(value, list):
        for part in value:
            yield from _ways(part)


def _into(value: Any, part: str, here: str, way: str) -> Any:
    if isinstance(value, dict):
        if part in value:
            return value[part]
        inside = f"has {', '.join(list(value)[:20])}" if value else "is empty"
    elif isinstance(value, list):
        if part.isdecimal() and int(part) < len(value):
            return value[int(part)]
        inside = f"is a list of {len(value)}"
    else:
        inside = "has no parts"
    raise _bad(f"${{steps.{way}}} cannot be found: {here} has no {part!r}; it {inside}.")


def _no_such_step(way: str, earlier: Mapping[str, int] | set[str]) -> str:
    known = f"the earlier steps are {', '.join(sorted(earlier))}" if earlier else "there is no earlier step"
    return f"${{steps.{way}}} names no earlier step; {known}."


def _bad(message: str) -> Failure:
    return permanent("bad_reference", message)
