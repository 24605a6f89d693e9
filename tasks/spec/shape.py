"""Documents → tasks: one task, a batch with defaults, or several documents, told apart and merged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import to_json

from tasks.spec import sizes
from tasks.spec.errors import Code, PayloadTooLarge, Problem
from tasks.spec.paths import Path
from tasks.spec.quoting import quote
from tasks.spec.suggestions import BATCH_FIELDS, unknown_batch_field
from tasks.spec.work import FOR_MODELS

MERGED = ("env", "metadata", "limits")  # of the defaults: by key, where others are replaced as a whole


@dataclass(frozen=True)
class RawTask:
    """A task as it was read, defaults included."""

    values: dict[str, Any] | None  # None where it is not even a mapping
    path: Path  # how people name it: () for a document that is one task, else `tasks[i]`
    origin: Path  # where it stands: the number of its document, and the path in there


@dataclass
class Shape:
    tasks: list[RawTask] = field(default_factory=list)
    defaults: list[tuple[dict[str, Any], Path]] = field(default_factory=list)  # each with its origin
    problems: list[Problem] = field(default_factory=list)
    is_batch: bool = False

    def origin_of(self, path: Path, document: int = 0) -> Path:
        """Where in the source a place stands that is named by people's path."""
        if path[:1] == ("tasks",) and len(path) > 1 and self.is_batch and isinstance(path[1], int):
            if path[1] < len(self.tasks):
                return self.tasks[path[1]].origin + path[2:]
        elif path[:1] == ("defaults",) and self.defaults:
            return self.defaults[0][1] + path[1:]
        return (document, *path)


def shape(documents: Sequence[Any]) -> Shape:
    """Raises PayloadTooLarge; other mistakes are in `problems` of the answer."""
    present = [(number, value) for number, value in enumerate(documents) if value is not None]
    found = Shape(is_batch=len(present) > 1)
    if not present:
        sentence = "The document is empty; write a task, with `command`, `steps`, `tool` or `prompt`."
        found.problems.append(Problem((), Code.MISSING_FIELD, sentence))
    for number, value in present:
        if not isinstance(value, dict):
            sentence = f"{quote(value)} is not a task; write its fields, or a list of tasks under `tasks`."
            found.problems.append(Problem((), Code.WRONG_TYPE, sentence))
        elif "tasks" in value or "defaults" in value:
            found.is_batch = True
            _add_batch(found, value, number)
        else:
            path: Path = ("tasks", len(found.tasks)) if found.is_batch else ()
            found.tasks.append(RawTask(value, path, (number,)))
    return found


def _add_batch(found: Shape, document: dict[str, Any], number: int) -> None:
    found.problems += [unknown_batch_field(name) for name in document if name not in BATCH_FIELDS]
    defaults = document.get("defaults")
    if isinstance(defaults, dict):
        found.defaults.append((defaults, (number, "defaults")))
    elif defaults is not None:
        sentence = f"{quote(defaults)} cannot be the defaults; write fields, such as `session`."
        found.problems.append(Problem(("defaults",), Code.WRONG_TYPE, sentence))
    tasks = document.get("tasks")
    if "tasks" not in document:
        sentence = "There are defaults and no tasks; list the tasks under `tasks`."
        found.problems.append(Problem((), Code.MISSING_FIELD, sentence))
    elif not isinstance(tasks, list):
        sentence = f"{quote(tasks)} is not a list; write each task as an item of the list `tasks`."
        found.problems.append(Problem(("tasks",), Code.WRONG_TYPE, sentence))
    elif not tasks:
        found.problems.append(Problem(("tasks",), Code.INVALID_VALUE, "The list is empty; write at least one task."))
    else:
        _add_tasks(found, tasks, defaults if isinstance(defaults, dict) else {}, number)


def _add_tasks(found: Shape, tasks: list[Any], defaults: dict[str, Any], number: int) -> None:
    if len(found.tasks) + len(tasks) > sizes.BATCH_JOBS:
        sentence = f"There are {len(tasks):,} tasks; {sizes.BATCH_JOBS:,} are the most. Submit them in parts."
        raise PayloadTooLarge(Problem(("tasks",), Code.PAYLOAD_TOO_LARGE, sentence).detail())
    if len(to_json(defaults, inf_nan_mode="constants")) * len(tasks) > sizes.BATCH_BYTES:
        sentence = f"Merged into each task the defaults make more than {sizes.BATCH_BYTES // sizes.MIB} MiB."
        raise PayloadTooLarge(Problem(("defaults",), Code.PAYLOAD_TOO_LARGE, sentence).detail())
    for index, values in enumerate(tasks):
        path: Path = ("tasks", len(found.tasks))
        if not isinstance(values, dict):
            sentence = f"{quote(values)} is not a task; write its fields."
            found.problems.append(Problem(path, Code.WRONG_TYPE, sentence))
            values = None
        elif defaults:
            values = _merged(defaults, values)
        found.tasks.append(RawTask(values, path, (number, "tasks", index)))


def _merged(defaults: dict[str, Any], task: dict[str, Any]) -> dict[str, Any]:
    merged = {**defaults, **task}
    for name in MERGED:
        ours, theirs = defaults.get(name), task.get(name)
        if isinstance(ours, dict) and isinstance(theirs, dict):
            merged[name] = {**ours, **theirs}
    if "prompt" not in task:
        for name in FOR_MODELS:  # they mean nothing to work without a language model
            if name in defaults and name not in task:
                del merged[name]
    return merged


def check_sizes(found: Shape) -> None:
    """Raises PayloadTooLarge for a job, or a batch with its defaults merged in, beyond the limits."""
    total = 0
    for task in found.tasks:
        size = len(to_json(task.values))
        total += size
        if size > sizes.JOB_BYTES:
            sentence = f"The job has {size:,} bytes; 1 MiB is the most. Keep large inputs in files."
            raise PayloadTooLarge(Problem(task.path, Code.PAYLOAD_TOO_LARGE, sentence).detail())
    if total > sizes.BATCH_BYTES:
        sentence = f"The batch has {total:,} bytes; {sizes.BATCH_BYTES // sizes.MIB} MiB are the most."
        raise PayloadTooLarge(Problem((), Code.PAYLOAD_TOO_LARGE, sentence).detail())
