"""Taking out of JSON arguments what nobody shall read: by path, by what it looks like, by patterns of one's own. Pure.

What stands at a path is replaced as a whole; inside of other texts only what a detector finds. Doing it twice changes
nothing more.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any, NamedTuple

from agents.policy import detectors, paths
from agents.policy.detectors import Find, Span
from agents.policy.paths import Place

MARK = "[redacted]"
PASSES = 8
"""A pattern that finds new things in what is left gets so many; then the whole text goes."""
MOST_FOUND = 10_000
"""In one text; where there is more, all of it goes."""

MOST_ALIKE = 8


class Redacted(NamedTuple):
    """Arguments without what was taken out, and the paths of the values that changed, in reading order."""

    args: dict[str, Any]
    paths: tuple[str, ...]


@dataclass(frozen=True)
class Redaction:
    """What one rule takes out: everything at `paths`, what the named `detectors` find, what RE2 `patterns` match."""

    paths: tuple[str, ...] = ()
    detectors: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> Redaction:
        """Of what a rule keeps."""
        return cls(*(tuple(value.get(name, ())) for name in ("paths", "detectors", "patterns")))

    def as_dict(self) -> dict[str, Any]:
        return {"paths": list(self.paths), "detectors": list(self.detectors), "patterns": list(self.patterns)}

    def apply(self, args: Mapping[str, Any]) -> Redacted:
        return _Pass(self, dict(args)).done()

    @cached_property
    def finds(self) -> tuple[Find, ...]:
        """Raises InvalidPattern for one that was never checked."""
        return (*map(detectors.detector, self.detectors), *map(detectors.pattern, self.patterns))


NOTHING = Redaction()


class _Pass:
    """One way through the arguments."""

    def __init__(self, redaction: Redaction, args: dict[str, Any]) -> None:
        self._args = args
        self._finds = redaction.finds
        self._by_name = "passwords" in redaction.detectors
        self._whole: set[Place] = set()
        for path in redaction.paths:
            self._whole |= paths.places(args, paths.steps_of(path))
        self._changed: list[str] = []

    def done(self) -> Redacted:
        made = self._fields(self._args, ())
        return Redacted(made, tuple(dict.fromkeys(self._changed)))

    def _value(self, value: Any, place: Place, name: str = "") -> Any:
        """`name` is the field's that holds it."""
        if value is None or value == MARK:
            return value
        if place in self._whole or (self._by_name and _is_plain(value) and detectors.is_secret_name(name)):
            return self._told(place, MARK)
        if isinstance(value, str):
            return self._text(value, place)
        if isinstance(value, dict):
            return self._fields(value, place)
        if isinstance(value, list):
            return [self._value(part, (*place, index), each) for index, part, each in self._items(value, name)]
        if not isinstance(value, bool) and self._text_of_number(value):
            return self._told(place, MARK)
        return value

    def _items(self, value: list[Any], name: str) -> Iterator[tuple[int, Any, str]]:
        """Each with the name that it goes by: behind an option of a command line that option, else the list's."""
        before: Any = None
        for index, part in enumerate(value):
            is_value = isinstance(before, str) and detectors.is_secret_option(before)
            yield index, part, before.lstrip("-") if is_value else name
            before = part

    def _fields(self, value: Mapping[str, Any], place: Place) -> dict[str, Any]:
        """A field's name may be a secret as well. Those that become alike get more marks; of too many the rest goes."""
        made: dict[str, Any] = {}
        for key, part in value.items():
            name = redacted_text(key, self._finds)
            if name != key:
                self._told((*place, key), name)
            for _ in range(MOST_ALIKE):
                if name not in made:
                    made[name] = self._value(part, (*place, key), key)
                    break
                name += MARK
        return made

    def _text(self, text: str, place: Place) -> str:
        made = redacted_text(text, self._finds)
        return text if made == text else self._told(place, made)

    def _text_of_number(self, value: float) -> bool:
        text = str(value)
        return any(next(iter(find(text)), None) for find in self._finds)

    def _told(self, place: Place, made: str) -> str:
        said = tuple(redacted_text(key, self._finds) if isinstance(key, str) else key for key in place)
        self._changed.append(paths.as_text(said))
        return made


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool) and value != ""


def redacted_text(text: str, finds: tuple[Find, ...]) -> str:
    """The text with MARK instead of everything that is found, until nothing more is."""
    if not text or not finds:
        return text
    for _ in range(PASSES):
        found = list(islice((span for find in finds for span in find(text)), MOST_FOUND))
        spans = _merged(found, text)
        if len(found) == MOST_FOUND:
            return MARK
        if not spans:
            return text
        parts, at = [], 0
        for start, end in spans:
            parts += [text[at:start], MARK]
            at = end
        text = "".join([*parts, text[at:]])
    return MARK


def _merged(found: list[Span], text: str) -> list[Span]:
    """In order, those that touch as one; none of them cuts a mark, and a mark alone is none."""
    marks = list(_marks(text)) if found else []
    if marks:
        starts = [start for start, _ in marks]
        found = [span for span in found if not _is_inside(span, marks, starts)]
        marks = marks if found else []
    merged: list[Span] = []
    found_at: list[bool] = []
    for start, end, is_found in sorted([*((*span, True) for span in found), *((*mark, False) for mark in marks)]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            found_at[-1] |= is_found
        else:
            merged.append((start, end))
            found_at.append(is_found)
    return [span for span, is_found in zip(merged, found_at, strict=True) if is_found]


def _is_inside(span: Span, marks: list[Span], starts: list[int]) -> bool:
    place = bisect_right(starts, span[0]) - 1
    return place >= 0 and span[1] <= marks[place][1]


def _marks(text: str) -> Iterator[Span]:
    at = text.find(MARK)
    while at >= 0:
        yield at, at + len(MARK)
        at = text.find(MARK, at + len(MARK))
