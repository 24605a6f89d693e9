"""YAML text → values, built from libyaml's events in one loop.

The loop is ours, not PyYAML's composer, since that recurses without a bound in C, expands aliases without one,
keeps the last of two equal keys silently and makes dates of what people mean as text. Scalars are read as
PyYAML reads them (YAML 1.1), except that times stay text and that keys are always text.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NoReturn

import yaml
from yaml import events
from yaml.constructor import ConstructorError, SafeConstructor
from yaml.nodes import ScalarNode
from yaml.resolver import Resolver

from tasks.spec import sizes
from tasks.spec.errors import MOST_PROBLEMS, Code, InvalidSpec, PayloadTooLarge, Problem
from tasks.spec.paths import Path
from tasks.spec.source import Located, Source, duplicate
from tasks.spec.yaml_mistakes import explain

_TAG = "tag:yaml.org,2002:"
_MAPPING_TAGS = (None, f"{_TAG}map")
_SEQUENCE_TAGS = (None, f"{_TAG}seq")
_LONGEST_CACHED = 100  # letters of a scalar; longer numbers are not even worked out
_TOO_LARGE = 2**64  # stands for these, and is refused later
_MOST_ALIASED = 100_000  # values that aliases may add; 64 letters count as one
_NO_KEY = object()

_RESOLVER = Resolver()
_CONSTRUCTOR = SafeConstructor()
_READERS = {
    f"{_TAG}null": _CONSTRUCTOR.construct_yaml_null,
    f"{_TAG}bool": _CONSTRUCTOR.construct_yaml_bool,
    f"{_TAG}int": _CONSTRUCTOR.construct_yaml_int,
    f"{_TAG}float": _CONSTRUCTOR.construct_yaml_float,
}


@dataclass(slots=True)
class _Open:
    """A mapping or list that has begun and not ended."""

    value: dict[str, Any] | list[Any]
    anchor: str | None
    line: int
    key: Any = _NO_KEY  # of a mapping: the key that waits for its value
    merging: bool = False  # whether that key is `<<`
    weight: int = 1
    merged: list[dict[str, Any]] = field(default_factory=list)


class YamlSource(Source):
    def load(self) -> list[Any]:
        builder = _Builder(self.text, frozenset())
        documents = builder.run()
        self.problems = builder.problems
        return documents

    def locate(self, wanted: Collection[Path]) -> dict[Path, Located]:
        builder = _Builder(self.text, frozenset(wanted))
        builder.run()
        return builder.found


class _Builder:
    """One pass over the events. Looks for the wanted paths only if there are any."""

    def __init__(self, text: str, wanted: frozenset[Path]) -> None:
        self.text = text
        self.wanted = wanted
        self.found: dict[Path, Located] = {}
        self.problems: list[Problem] = []
        self.documents: list[Any] = []
        self._stack: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._aliased = 0

    def run(self) -> list[Any]:
        for event in self._events():
            kind = type(event)
            if kind is events.ScalarEvent:
                self._scalar(event)
            elif kind is events.MappingStartEvent:
                self._begin(event, {}, _MAPPING_TAGS)
            elif kind is events.SequenceStartEvent:
                self._begin(event, [], _SEQUENCE_TAGS)
            elif kind is events.MappingEndEvent or kind is events.SequenceEndEvent:
                self._end()
            elif kind is events.AliasEvent:
                self._alias(event)
            elif kind is events.DocumentStartEvent:
                self._anchors.clear()
        return self.documents

    def _events(self) -> Iterator[Any]:
        try:
            yield from yaml.parse(self.text, Loader=yaml.CSafeLoader)
        except yaml.YAMLError as error:
            raise InvalidSpec([explain(error, self.text).detail()]) from None

    def _scalar(self, event: Any) -> None:
        line = event.start_mark.line + 1
        text = event.value
        if self._expects_key():
            value: Any = text
            is_merge = text == "<<" and event.implicit[0]
            self._take_key(text, line, is_merge)
        else:
            value = self._read(event, line)
            unquoted = text if type(value) is not str else None
            self._take(value, 1 + len(text) // 64, Located(line, unquoted))
        if event.anchor:
            self._anchors[event.anchor] = (value, 1 + len(text) // 64)

    def _read(self, event: Any, line: int) -> Any:
        if event.tag is None:
            return _plain(event.value) if event.implicit[0] else event.value
        if event.tag in ("!", f"{_TAG}str"):
            return event.value
        reader = _READERS.get(event.tag)
        if reader is None:
            self._refuse_tag(event.tag, line)
        try:
            return reader(ScalarNode(event.tag, event.value[:_LONGEST_CACHED]))
        except (ValueError, KeyError, IndexError, ConstructorError):
            self._fail(f"The value is not what its tag {_short_tag(event.tag)} says; remove the tag.", line)

    def _begin(self, event: Any, value: Any, tags: tuple[str | None, ...]) -> None:
        line = event.start_mark.line + 1
        if self._expects_key():
            self._fail(
                "A field's name is a list or a mapping; names are text. Quote it if braces are part of it.", line
            )
        if event.tag not in tags and event.tag != "!":
            self._refuse_tag(event.tag, line)
        if len(self._stack) >= sizes.DEPTH:
            self._fail(
                f"The document is nested deeper than {sizes.DEPTH} levels; make it flatter.", line, Code.INVALID_VALUE
            )
        if self.wanted:
            self._note(Located(line))
        self._stack.append(_Open(value, event.anchor, line))

    def _end(self) -> None:
        done = self._stack.pop()
        value = done.value
        for more in done.merged:
            value = {**more, **value}  # type: ignore[dict-item]
        if done.anchor:
            self._anchors[done.anchor] = (value, done.weight)
        self._take(value, done.weight, None)

    def _alias(self, event: Any) -> None:
        line = event.start_mark.line + 1
        if event.anchor not in self._anchors:
            name = _short(event.anchor)
            self._fail(f"The alias *{name} stands for nothing before it; define it with &{name} first.", line)
        value, weight = self._anchors[event.anchor]
        self._aliased += weight
        if self._aliased > _MOST_ALIASED:
            self._fail(f"The aliases stand for more than {_MOST_ALIASED:,} values; write fewer of them.", line)
        if not self._expects_key():
            self._take(value, weight, Located(line))
        elif isinstance(value, str):
            self._take_key(value, line, is_merge=False)
        else:
            self._fail("A field's name is an alias of something that is not text; write the name.", line)

    def _expects_key(self) -> bool:
        if not self._stack:
            return False
        top = self._stack[-1]
        return top.key is _NO_KEY and type(top.value) is dict

    def _take_key(self, key: str, line: int, is_merge: bool) -> None:
        top = self._stack[-1]
        top.weight += 1 + len(key) // 64
        top.key = key
        top.merging = is_merge
        if not is_merge and key in top.value and len(self.problems) < MOST_PROBLEMS:
            self.problems.append(duplicate(self._path()[1:], line))
        if self.wanted:
            self._note(Located(line))

    def _take(self, value: Any, weight: int, place: Located | None) -> None:
        if self.wanted and place is not None:
            self._note(place)
        if not self._stack:
            self._finish(value)
            return
        top = self._stack[-1]
        top.weight += weight
        if type(top.value) is list:
            top.value.append(value)
            return
        key, top.key = top.key, _NO_KEY
        if top.merging:
            self._merge(top, value)
        else:
            top.value[key] = value

    def _merge(self, top: _Open, value: Any) -> None:
        """`<<: *anchor`: its fields, unless the mapping has them itself; of several the first wins."""
        parts = value if isinstance(value, list) else [value]
        if not all(isinstance(part, dict) for part in parts):
            self._fail("`<<` takes an alias of a mapping, or a list of such aliases.", top.line)
        top.merged.extend(parts)

    def _finish(self, value: Any) -> None:
        self.documents.append(value)
        if len(self.documents) > sizes.BATCH_JOBS:
            sentence = f"There are more than {sizes.BATCH_JOBS:,} documents; submit them in parts."
            raise PayloadTooLarge(Problem((), Code.PAYLOAD_TOO_LARGE, sentence).detail())

    def _path(self) -> Path:
        steps: list[str | int] = [len(self.documents)]
        steps += [len(opened.value) if type(opened.value) is list else opened.key for opened in self._stack]
        return tuple(steps)

    def _note(self, place: Located) -> None:
        """Remember a wanted place: a field's line is that of its name, what is written that of its value."""
        path = self._path()
        if path in self.wanted:
            line = self.found[path].line if path in self.found else place.line
            self.found[path] = Located(line, place.unquoted)

    def _refuse_tag(self, tag: str, line: int) -> NoReturn:
        self._fail(f"The tag {_short_tag(tag)} is not known here; remove it.", line)

    def _fail(self, sentence: str, line: int, code: Code = Code.INVALID_YAML) -> NoReturn:
        raise InvalidSpec([Problem((), code, sentence, line).detail()])


def _plain(text: str) -> Any:
    """What an unquoted scalar means: null, true, false, a number, or the text itself."""
    if len(text) <= _LONGEST_CACHED:
        return _resolved_again(text)
    return _TOO_LARGE if _reader(text) is not None else text


def _resolved(text: str) -> Any:
    reader = _reader(text)
    if reader is None:
        return text
    try:
        return reader(ScalarNode("", text))
    except ValueError:  # such as 0x_
        return text


def _reader(text: str) -> Callable[[ScalarNode], Any] | None:
    return _READERS.get(_RESOLVER.resolve(ScalarNode, text, (True, False)))


_resolved_again = lru_cache(maxsize=4096)(_resolved)


def _short(name: str) -> str:
    return name if len(name) <= 40 else f"{name[:40]}…"


def _short_tag(tag: str) -> str:
    return _short(tag.replace(_TAG, "!!"))
