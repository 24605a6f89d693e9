"""A file of task specs on its way to the server: what the options add, and its lines in what is refused.

A file that nothing is added to goes as it is, and the server names its lines. Otherwise its tasks go as JSON, and
the lines are looked up here. Judging a spec is the server's alone.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

from agents.errors import Detail, InvalidInput, TooLarge
from tasks.cli.client import JSON, Client, Refused
from tasks.spec import InvalidSpec, paths, sizes
from tasks.spec.encoding import decode
from tasks.spec.json_source import JsonSource
from tasks.spec.shape import Shape, shape
from tasks.spec.source import Source
from tasks.spec.yaml_source import YamlSource

SPEC_FOLDER = "SPEC_FOLDER"
"""A file that mentions this name has it among its tasks' environment variables: the folder that the file is in."""

_STEP = re.compile(r"(?:\A|\.)(?P<name>[A-Za-z_][A-Za-z0-9_-]*)|\[(?P<index>\d+)\]|\['(?P<quoted>[^']*)'\]")


@dataclass(frozen=True)
class Changes:
    """What the options of a command add to each task of a file, over what stands in it."""

    fields: JSON = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.fields or self.tags or self.env)

    def made_to(self, task: JSON) -> JSON:
        changed = {**task, **self.fields}
        if self.tags:
            before = task.get("tags") or []
            changed["tags"] = [*before, *(tag for tag in self.tags if tag not in before)]
        if self.env:
            changed["env"] = {**(task.get("env") or {}), **self.env}
        return changed


@dataclass(frozen=True)
class SpecFile:
    """A document as it was read; `name` is how people call it."""

    name: str
    body: bytes
    folder: str
    source: Source
    shape: Shape
    is_plain: bool
    """Whether its tasks can be sent as JSON; if not, the server is shown the text and says what is wrong."""

    @classmethod
    def read(cls, name: str) -> SpecFile:
        """The file of that name, `-` for standard input. Raises InvalidInput, TooLarge."""
        body = _bytes_of(name)
        shown = "standard input" if name == "-" else name
        try:
            source = _source(name, decode(body))
            documents = source.load()
            found = shape(documents)
        except (InvalidSpec, TooLarge) as error:
            error.message = _lines(shown, error.details)
            raise
        folder = "" if name == "-" else str(Path(name).absolute().parent)
        is_plain = not source.problems and not found.problems
        return cls(shown, body, folder, source, found, is_plain)

    @property
    def is_batch(self) -> bool:
        return self.shape.is_batch

    def submit(self, client: Client, changes: Changes, idempotency_key: str = "") -> list[JSON]:
        """The jobs that the server made of it. Raises Refused, with the lines of the file."""
        changes = self._with_folder(changes)
        path = "/api/tasks/batch/" if self.is_batch else "/api/tasks/"
        value = self._changed(changes)
        try:
            if value is not None:
                answer = client.post(path, value, idempotency_key=idempotency_key)
            else:
                answer = client.post_text(path, self.body, self._content_type, idempotency_key=idempotency_key)
        except Refused as refusal:
            raise self._located(refusal, was_text=value is None) from None
        return list(answer["results"]) if self.is_batch else [answer]

    @property
    def _content_type(self) -> str:
        return "application/json" if isinstance(self.source, JsonSource) else "application/yaml"

    def _with_folder(self, changes: Changes) -> Changes:
        if not self.folder or SPEC_FOLDER.encode() not in self.body or SPEC_FOLDER in changes.env:
            return changes
        return replace(changes, env={SPEC_FOLDER: self.folder, **changes.env})

    def _changed(self, changes: Changes) -> JSON | None:
        """The tasks with the changes; None where nothing changes or the text must speak for itself."""
        if not changes or not self.is_plain:
            return None
        try:
            made = [changes.made_to(task.values or {}) for task in self.shape.tasks]
            json.dumps(made, allow_nan=False)
        except (TypeError, ValueError):
            return None
        return {"tasks": made} if self.is_batch else made[0]

    def _located(self, refusal: Refused, was_text: bool) -> Refused:
        """The refusal with our lines: the server's are ours only if it has seen our text."""
        if refusal.details and not was_text:
            details = [replace(detail, line=self._line_of(detail.path)) for detail in refusal.details]
            refusal.details = sorted(details, key=lambda detail: detail.line or 0)
        return _worded(refusal, self.name)

    def _line_of(self, path: str) -> int | None:
        """The line of the place, or of the nearest one around it that stands in the file."""
        place = self.shape.origin_of(_path_of(path)) if path else ()
        ways = [place[:length] for length in range(len(place), 0, -1)]
        found = self.source.locate(set(ways))
        return next((found[way].line for way in ways if way in found), None)


def without_lines(refusal: Refused) -> Refused:
    """The refusal of a task that came from options and stands in no file."""
    refusal.details = [replace(detail, line=None) for detail in refusal.details]
    return _worded(refusal, "")


def _worded(refusal: Refused, name: str) -> Refused:
    """The refusal with a line of text for each place that is wrong."""
    if refusal.details:
        refusal.message = _lines(name, refusal.details)
    return refusal


def _bytes_of(name: str) -> bytes:
    try:
        if name == "-":
            return sys.stdin.buffer.read(sizes.BATCH_BYTES + 1)
        with Path(name).open("rb") as file:
            return file.read(sizes.BATCH_BYTES + 1)
    except OSError as error:
        raise InvalidInput(f"{name} cannot be read: {(error.strerror or str(error)).lower()}.") from None


def _source(name: str, text: str) -> Source:
    is_json = name.endswith(".json") or (not name.endswith((".yaml", ".yml")) and text.lstrip()[:1] in ("{", "["))
    return JsonSource(text) if is_json else YamlSource(text)


def _lines(name: str, details: list[Detail]) -> str:
    """One line for each mistake, in the form that editors jump to: `tasks.yaml:7: priority: …`"""
    return "\n".join(_line(name, each) for each in details)


def _line(name: str, detail: Detail) -> str:
    place = f"{name}:{detail.line}" if detail.line else name
    return ": ".join(part for part in (place, detail.path, detail.message) if part)


def _path_of(text: str) -> paths.Path:
    """`tasks[2].limits.timeout` as the steps that it consists of."""
    return tuple(
        int(found["index"]) if found["index"] is not None else found["name"] or found["quoted"] or ""
        for found in _STEP.finditer(text)
    )
