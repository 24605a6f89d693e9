"""What was meant by a field that does not exist."""

from __future__ import annotations

import difflib

from pydantic import BaseModel

from tasks.spec.document import ORDER
from tasks.spec.errors import Code, Problem
from tasks.spec.model import BatchSpec, Defaults, Limits, ModelSettings, Step, TaskSpec
from tasks.spec.paths import Path
from tasks.spec.quoting import quote

BATCH_FIELDS = frozenset(BatchSpec.model_fields)

_ORDERED = (TaskSpec, Defaults)
_SAID_OTHERWISE = {
    "cmd": "command",
    "argv": "command",
    "run": "command",
    "script": "command",
    "name": "title",
    "arguments": "args",
    "parameters": "args",
    "params": "args",
    "input": "data",
    "payload": "data",
    "dependencies": "depends_on",
    "needs": "depends_on",
    "after": "depends_on",
    "environment": "env",
    "labels": "tags",
    "max_attempts": "limits.attempts",
    "retries": "limits.attempts",
    "id": "key",
    "timeout_ms": "limits.timeout",
    "memory": "limits.memory_mb",
    "token_budget": "limits.tokens",
    "session_id": "session",
    "agent_id": "agent",
    "tasks": "a batch",
}
_IN_LIMITS = {**{name: name for name in Limits.model_fields}, "max_attempts": "attempts", "timeout_ms": "timeout"}


def unknown_field(path: Path) -> Problem:
    """The problem for a field at this path within a task, or within the defaults if it begins so."""
    name = str(path[-1])
    model, place = _model_at(path[:-1])
    if model is Defaults and name in TaskSpec.model_fields:
        return _problem(path, f"{quote(name)} cannot be a default; write it in each task.")
    meant = _meant(name, model)
    if meant:
        return _problem(path, f"{place} no field {quote(name)}; did you mean {quote(meant)}?")
    known = ", ".join(sorted(model.model_fields, key=ORDER.index) if model in _ORDERED else model.model_fields)
    return _problem(path, f"{place} no field {quote(name)}; remove it, or use one of: {known}.")


def unknown_batch_field(name: str) -> Problem:
    if name in Defaults.model_fields:
        return _problem((name,), f"{quote(name)} stands beside `tasks`; write it under `defaults`, or in each task.")
    return _problem((name,), f"A batch has no field {quote(name)}; it has `tasks` and `defaults`.")


def _problem(path: Path, sentence: str) -> Problem:
    return Problem(path, Code.UNKNOWN_FIELD, sentence)


def _model_at(path: Path) -> tuple[type[BaseModel], str]:
    if path and path[-1] == "limits":
        return Limits, "`limits` has"
    if path and path[-1] == "model_settings":
        return ModelSettings, "`model_settings` has"
    if len(path) > 1 and path[-2] == "steps":
        return Step, "A step has"
    if path and path[0] == "defaults":
        return Defaults, "The defaults have"
    return TaskSpec, "A task has"


def _meant(name: str, model: type[BaseModel]) -> str | None:
    said = name.strip().lower().replace("-", "_")
    if model is Limits:
        said = _IN_LIMITS.get(said, said)
    elif model in _ORDERED:
        if said in _IN_LIMITS:
            return f"limits.{_IN_LIMITS[said]}"
        said = _SAID_OTHERWISE.get(said, said)
    elif model is Step:
        said = {"arguments": "args", "params": "args", "name": "tool"}.get(said, said)
    if said in model.model_fields or "." in said:
        return said
    return next(iter(difflib.get_close_matches(said[:60], model.model_fields, n=1)), None)
