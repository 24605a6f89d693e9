"""The JSON Schema (draft 2020-12) of a document: one task or a batch. Made from the models, so it cannot differ.

`python -m tasks.spec.schema` writes docs/task-spec.schema.json.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from pydantic.json_schema import models_json_schema

from tasks.spec import work
from tasks.spec.choices import JobType
from tasks.spec.document import ORDER
from tasks.spec.model import BatchSpec, TaskSpec

PUBLISHED = Path(__file__).resolve().parents[2] / "docs" / "task-spec.schema.json"

_TITLES = {"TaskSpec": "Task", "BatchSpec": "Batch", "Step": "Step of a plan", "ModelSettings": "Model settings"}


@cache
def _schema() -> dict[str, Any]:
    _, made = models_json_schema([(TaskSpec, "validation"), (BatchSpec, "validation")], ref_template="#/$defs/{model}")
    definitions = made["$defs"]
    for definition in definitions.values():
        _tidy(definition)
    task = definitions["TaskSpec"]
    task["properties"] = {name: task["properties"][name] for name in ORDER}
    task["oneOf"] = [
        *({"required": [name]} for name in work.RUNTIME_OF),
        {"required": ["type"], "properties": {"type": {"not": {"const": JobType.EXECUTE_TASK.value}}}},
    ]
    task["dependentRequired"] = {name: [partner] for name, partner in work.ONLY_WITH.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:interlock:task-spec:1",
        "title": "Interlock task spec",
        "description": "One task, or a batch of up to 5,000, as POST /api/tasks/ and /api/tasks/batch/ take them.",
        "anyOf": [{"$ref": "#/$defs/TaskSpec"}, {"$ref": "#/$defs/BatchSpec"}],
        "examples": EXAMPLES,
        "$defs": dict(sorted(definitions.items())),
    }


EXAMPLES: list[dict[str, Any]] = [
    {"title": "What changed this week", "command": ["git", "log", "--since=1.week", "--oneline"], "priority": "high"},
    {"tool": "files.read", "args": {"path": "README.md"}},
    {
        "defaults": {"session": "nightly", "priority": "P2", "limits": {"timeout": "10m"}},
        "tasks": [
            {"key": "build", "command": ["make", "build"]},
            {"key": "check", "command": ["make", "check"], "depends_on": ["build"]},
        ],
    },
]


def json_schema() -> dict[str, Any]:
    """A copy that the caller may change."""
    copy: dict[str, Any] = json.loads(json.dumps(_schema()))
    return copy


def text() -> str:
    """As it is published."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _tidy(definition: dict[str, Any]) -> None:
    """Say it as people would: no null beside each value, no defaults that `{}` means anyway, readable titles."""
    if "title" in definition:
        definition["title"] = _TITLES.get(definition["title"], definition["title"])
    for name, field in definition.get("properties", {}).items():
        if field.get("default") is None or isinstance(field.get("default"), dict):
            field.pop("default", None)
        variants = [variant for variant in field.get("anyOf", []) if variant != {"type": "null"}]
        if len(variants) == 1:
            del field["anyOf"]
            field.update({key: value for key, value in variants[0].items() if key not in field})
        elif variants:
            field["anyOf"] = variants
        for pattern, values in field.pop("patternProperties", {}).items():
            field["propertyNames"]["pattern"] = pattern
            field["additionalProperties"] = values
        field["title"] = name.replace("_", " ").capitalize()


if __name__ == "__main__":
    PUBLISHED.write_text(text(), encoding="utf-8")
