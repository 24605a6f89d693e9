"""JSON text → a value, and the line of any place in it.

The value comes from the standard library's scanner; lines are looked for only after something was found wrong.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from typing import Any, NoReturn

from tasks.spec import sizes
from tasks.spec.errors import MOST_PROBLEMS, Code, InvalidSpec, Problem
from tasks.spec.paths import Path
from tasks.spec.source import Located, Source, duplicate

_SENTENCES = {
    "Expecting property name enclosed in double quotes": "A field's name in double quotes is missing, "
    "or there is a comma too many",
    "Expecting ':' delimiter": "A colon is missing after a field's name",
    "Expecting ',' delimiter": "A comma or a closing bracket is missing",
    "Expecting value": "A value is missing, or is not written as JSON",
    "Extra data": "The document goes on after its end",
    "Unterminated string starting at": "A text is not closed by a double quote",
    "Invalid control character at": "A text holds a control character or a line break; write it as \\n or \\u00XX",
    "Invalid \\escape": "A backslash is followed by what JSON does not know; write \\\\ for a backslash",
    "Invalid \\uXXXX escape": "\\u is not followed by four hexadecimal digits",
    "Illegal trailing comma before end of object": "There is a comma too many at the end of an object",
    "Illegal trailing comma before end of array": "There is a comma too many at the end of a list",
}
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)


class JsonSource(Source):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._has_duplicates = False

    def load(self) -> list[Any]:
        if not self.text.strip():
            return [None]
        try:
            value = json.loads(self.text, object_pairs_hook=self._mapping, parse_constant=self._refuse_constant)
        except json.JSONDecodeError as error:
            raise InvalidSpec([_problem(error).detail()]) from None
        except RecursionError:
            sentence = f"The document is nested deeper than {sizes.DEPTH} levels; make it flatter."
            raise InvalidSpec([Problem((), Code.INVALID_VALUE, sentence).detail()]) from None
        except ValueError:  # int() of thousands of digits
            sentence = "A number has thousands of digits; put it in quotes, or correct it."
            raise InvalidSpec([Problem((), Code.INVALID_VALUE, sentence).detail()]) from None
        if self._has_duplicates:
            self.problems.extend(_duplicates(self.text))
        return [value]

    def _mapping(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        mapping = dict(pairs)
        if len(mapping) != len(pairs):
            self._has_duplicates = True
        return mapping

    def _refuse_constant(self, name: str) -> NoReturn:
        place = re.search(rf'(?<![\w"]){re.escape(name)}', self.text)
        line = self.text.count("\n", 0, place.start()) + 1 if place else None
        sentence = f"{name} is not a JSON number; write a finite number, or null."
        raise InvalidSpec([Problem((), Code.INVALID_JSON, sentence, line).detail()])

    def locate(self, wanted: Collection[Path]) -> dict[Path, Located]:
        left = {path[1:]: path for path in wanted if path[:1] == (0,)}
        found: dict[Path, Located] = {}
        for path, line, _ in _walk(self.text):
            if path in left:
                found.setdefault(left[path], Located(line))
                if len(found) == len(left):
                    break
        return found


def _problem(error: json.JSONDecodeError) -> Problem:
    sentence = next((said for known, said in _SENTENCES.items() if error.msg.startswith(known)), "It is not JSON")
    return Problem((), Code.INVALID_JSON, f"{sentence} (column {error.colno}).", error.lineno)


def _duplicates(text: str) -> list[Problem]:
    found: list[Problem] = []
    for path, line, is_again in _walk(text):
        if is_again:
            found.append(duplicate(path, line))
            if len(found) == MOST_PROBLEMS:
                break
    return found


def _walk(text: str) -> Iterator[tuple[Path, int, bool]]:
    """Each place of valid JSON in order: its path, its line (a field's is that of its name), and whether the
    object had that field before."""
    path: list[str | int] = []
    fields: list[set[str] | None] = []  # of each open container: the names seen, None for a list
    name_next = False
    line, last = 1, 0
    yield (), 1, False
    for match in _TOKEN.finditer(text):
        mark = match.group()
        start = match.start()
        line += text.count("\n", last, start)
        last = start
        if mark in "}]":
            fields.pop()
            path.pop()
            name_next = False
        elif mark == ",":
            if fields[-1] is None:
                path[-1] = int(path[-1]) + 1
            else:
                name_next = True
        elif mark == ":":
            name_next = False
        elif name_next:
            seen = fields[-1] or set()
            name = json.loads(mark)
            path[-1] = name
            yield tuple(path), line, name in seen
            seen.add(name)
            fields[-1] = seen
        else:
            if fields and fields[-1] is None:
                yield tuple(path), line, False
            if mark == "{":
                fields.append(set())
                path.append("")
                name_next = True
            elif mark == "[":
                fields.append(None)
                path.append(0)
