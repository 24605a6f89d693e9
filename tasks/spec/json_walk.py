"""Where the places of a JSON text are. Only for texts that the standard library has read already.

Values that hold nothing wanted are passed over at the speed of its scanner.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Set
from contextlib import suppress
from dataclasses import dataclass, field

from tasks.spec import sizes
from tasks.spec.errors import MOST_PROBLEMS
from tasks.spec.paths import Path

_SPACE = re.compile(r"[ \t\n\r]*")
_scan = json.JSONDecoder().raw_decode  # a value, and where it ends
_CLOSED_BY = {"{": "}", "[": "]"}


@dataclass(slots=True)
class _Open:
    """An object or list that has begun and not ended."""

    path: Path
    closed_by: str
    names: set[str] = field(default_factory=set)
    items: int = 0


class JsonWalk:
    """`wanted` are the places to find, None for all of them."""

    def __init__(self, text: str, wanted: Set[Path] | None) -> None:
        self._text = text
        self._wanted = wanted
        self._on_the_way = None if wanted is None else {path[:n] for path in wanted for n in range(len(path))}

    def offsets(self) -> dict[Path, int]:
        """Where the wanted places begin; a field's is where its name begins."""
        found: dict[Path, int] = {}
        for path, offset, _ in self._places():
            if self._wanted is None or path in self._wanted:
                found.setdefault(path, offset)
                if self._wanted is not None and len(found) == len(self._wanted):
                    break
        return found

    def duplicates(self) -> dict[Path, int]:
        """Where fields stand that their object had before, of the first fifty."""
        found: dict[Path, int] = {}
        for path, offset, is_again in self._places():
            if is_again:
                found.setdefault(path, offset)
                if len(found) == MOST_PROBLEMS:
                    break
        return found

    def _places(self) -> Iterator[tuple[Path, int, bool]]:
        start = self._after_space(0)
        yield (), start, False
        if start == len(self._text):
            return
        with suppress(RecursionError):  # the scanner's; what is so deep is not accepted anyhow
            yield from self._inside(start)

    def _inside(self, position: int) -> Iterator[tuple[Path, int, bool]]:
        """The places in the value that begins at this position, in the order of the text."""
        opened: list[_Open] = []
        path: Path = ()
        while True:
            letter = self._text[position]
            if letter in "{[" and self._is_entered(path):
                opened.append(_Open(path, _CLOSED_BY[letter]))
                position = self._after_space(position + 1)
            else:
                position = self._after_space(_scan(self._text, position)[1])
            while opened and self._text[position] == opened[-1].closed_by:
                opened.pop()
                position = self._after_space(position + 1)
            if not opened:
                return
            if self._text[position] == ",":
                position = self._after_space(position + 1)
            parent = opened[-1]
            if parent.closed_by == "}":
                name, end = _scan(self._text, position)
                path = (*parent.path, name)
                yield path, position, name in parent.names
                parent.names.add(name)
                position = self._after_space(self._after_space(end) + 1)
            else:
                path = (*parent.path, parent.items)
                yield path, position, False
                parent.items += 1

    def _is_entered(self, path: Path) -> bool:
        return len(path) <= sizes.DEPTH if self._on_the_way is None else path in self._on_the_way

    def _after_space(self, position: int) -> int:
        match = _SPACE.match(self._text, position)
        return match.end() if match else position


def line_numbers(text: str, offsets: Mapping[Path, int]) -> dict[Path, int]:
    """The 1-based line of each place, counted in one pass."""
    lines = {}
    line, last = 1, 0
    for path, offset in sorted(offsets.items(), key=lambda item: item[1]):
        line += text.count("\n", last, offset)
        last = offset
        lines[path] = line
    return lines
