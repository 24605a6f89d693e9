"""A spec written back: the shortest document that parses to the same spec, in the order in which people read."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import BaseModel

from tasks.spec import work
from tasks.spec.durations import format_duration
from tasks.spec.priorities import Priority

if TYPE_CHECKING:
    from tasks.spec.model import TaskSpec

ORDER = (
    *("key", "title", "description", "type", "workspace", "project", "session", "agent", "agent_type", "priority"),
    *("runtime", "command", "tool", "args", "steps", "prompt", "model"),
    *("instructions", "tools", "context", "model_settings", "env", "data"),
    *("depends_on", "on_dependency_failure", "not_before", "deadline"),
    *("files", "isolation", "limits", "tags", "metadata"),
)
"""The fields in the order in which people read them."""


def of(spec: TaskSpec) -> dict[str, Any]:
    """JSON values, without what equals its default or follows from the rest."""
    kept = _differing(spec)
    kept.pop("runtime", None)  # the work tells it
    if spec.tool is not None:
        kept.pop("steps", None)
    if spec.title == work.derived_title(spec):
        kept.pop("title", None)
    return {name: kept[name] for name in ORDER if name in kept}


def _differing(model: BaseModel) -> dict[str, Any]:
    defaults = _defaults(type(model))
    return {name: _plain(value) for name, value in model.__dict__.items() if value != defaults[name]}


@cache
def _defaults(model: type[BaseModel]) -> dict[str, Any]:
    return {name: field.get_default(call_default_factory=True) for name, field in model.model_fields.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return _differing(value)
    if isinstance(value, Priority):
        return value.label
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, timedelta):
        return format_duration(value)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


class _Dumper(yaml.CSafeDumper):
    """Writes text of several lines as a block, so that prompts and scripts stay readable."""


def _text(dumper: yaml.CSafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def as_yaml(document: dict[str, Any]) -> str:
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
