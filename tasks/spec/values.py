"""JSON values that no field can hold: beyond the depth, infinite or huge numbers, text that is not text."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import islice
from typing import Any

from tasks.spec import sizes
from tasks.spec.errors import MOST_PROBLEMS, Code, Problem
from tasks.spec.paths import Path

_LARGEST = 2**63 - 1


def problems(value: Any, *, texts_are_clean: bool = False) -> list[Problem]:
    """What cannot be stored, each with its path from `value`.

    `texts_are_clean` leaves out looking into texts, where the source could not have put anything bad there.
    """
    if _is_sound(value, texts_are_clean):
        return []
    return list(islice(_search(value), MOST_PROBLEMS))


def _is_sound(value: Any, texts_are_clean: bool) -> bool:
    level = [value]
    for _ in range(sizes.DEPTH):
        deeper: list[Any] = []
        for each in level:
            kind = type(each)
            if kind is str:
                if not texts_are_clean and _fault_of_text(each):
                    return False
            elif kind is dict:
                deeper.extend(each.values())
                if not texts_are_clean and any(type(key) is not str or _fault_of_text(key) for key in each):
                    return False
            elif kind is list:
                deeper.extend(each)
            elif not _is_sound_scalar(each, kind):
                return False
        if not deeper:
            return True
        level = deeper
    return False


def _is_sound_scalar(value: Any, kind: type) -> bool:
    if kind is int:
        return -_LARGEST <= value <= _LARGEST
    if kind is float:
        return math.isfinite(value)
    return value is None or kind is bool


def _search(value: Any) -> Iterator[Problem]:
    """The slow way, with paths; depth first in reading order."""
    stack: list[tuple[Path, Any]] = [((), value)]
    while stack:
        path, each = stack.pop()
        if problem := _problem(path, each):
            yield problem
        elif isinstance(each, dict):
            for key in each:
                if not isinstance(key, str):
                    yield Problem(path, Code.WRONG_TYPE, "A field's name is not text; put it in quotes.")
                elif fault := _fault_of_text(key):
                    yield Problem(path, Code.INVALID_ENCODING, f"A field's name {fault}")
            stack.extend(((*path, key), each[key]) for key in reversed(each) if isinstance(key, str))
        elif isinstance(each, list):
            stack.extend(((*path, index), each[index]) for index in range(len(each) - 1, -1, -1))


def _problem(path: Path, value: Any) -> Problem | None:
    if len(path) >= sizes.DEPTH:
        sentence = f"It is nested deeper than {sizes.DEPTH} levels; make it flatter."
        return Problem(path[:3], Code.INVALID_VALUE, sentence)
    if isinstance(value, str):
        fault = _fault_of_text(value)
        return Problem(path, Code.INVALID_ENCODING, f"The text {fault}") if fault else None
    if isinstance(value, float) and not math.isfinite(value):
        return Problem(path, Code.INVALID_VALUE, "The number is infinite or none at all; write a finite one.")
    if isinstance(value, int) and not -_LARGEST <= value <= _LARGEST:
        return Problem(path, Code.INVALID_VALUE, "The number needs more than 64 bits; put it in quotes.")
    if value is None or isinstance(value, bool | int | float | dict | list):
        return None
    return Problem(path, Code.WRONG_TYPE, "The value is not one that JSON knows; write text, a number or a list.")


def _fault_of_text(text: str) -> str | None:
    if "\x00" in text:
        return "holds a NUL character; remove it."
    if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
        return "holds half of a surrogate pair, which no text can hold; remove it."
    return None
