"""JSON text → a value, and the line of any place in it.

The value comes from the standard library's scanner; lines are looked for only after something was found wrong.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import Any, NoReturn

from tasks.spec import sizes
from tasks.spec.errors import Code, InvalidSpec, Problem
from tasks.spec.json_walk import JsonWalk, line_numbers
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
        offsets = JsonWalk(self.text, {path[1:] for path in wanted if path[:1] == (0,)}).offsets()
        return {(0, *path): Located(line) for path, line in line_numbers(self.text, offsets).items()}


def _problem(error: json.JSONDecodeError) -> Problem:
    sentence = next((said for known, said in _SENTENCES.items() if error.msg.startswith(known)), "It is not JSON")
    return Problem((), Code.INVALID_JSON, f"{sentence} (column {error.colno}).", error.lineno)


def _duplicates(text: str) -> list[Problem]:
    lines = line_numbers(text, JsonWalk(text, None).duplicates())
    return [duplicate(path, line) for path, line in lines.items()]
