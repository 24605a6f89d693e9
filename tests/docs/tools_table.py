"""`python -m tests.docs.tools_table`: the tables of docs/tools.md, made from the registry of tools."""

from __future__ import annotations

import json
import sys
from typing import Any

from agents.tools import registry
from agents.tools.base import Tool
from agents.tools.files.roots import PATH

BEGIN = "| argument | takes | if not given | what it is |\n|---|---|---|---|\n"


def table(tool: Tool) -> str:
    """What the tool takes, one row for each argument."""
    schema = tool.schema
    required = set(schema.get("required", ()))
    rows = [_row(name, part, name in required) for name, part in schema["properties"].items()]
    return BEGIN + "".join(rows)


def _row(name: str, part: dict[str, Any], is_required: bool) -> str:
    default = "**must be given**" if is_required else _default(part)
    return f"| `{name}` | {_takes(part)} | {default} | {_cell(part.get('description', ''))} |\n"


def _default(part: dict[str, Any]) -> str:
    default = part.get("default")
    return "none" if default is None else f"`{json.dumps(default)}`"


def _takes(part: dict[str, Any]) -> str:
    if "anyOf" in part:
        return " or ".join(_takes(each) for each in part["anyOf"] if each.get("type") != "null")
    if "enum" in part:
        return ", ".join(f"`{word}`" for word in part["enum"])
    words = {
        "string": "text",
        "integer": "a whole number",
        "number": "a number",
        "boolean": "`true` or `false`",
        "object": "a mapping",
    }
    if part.get("type") == "array":
        return {"integer": "a list of whole numbers", "string": "a list of texts", "object": "a list of mappings"}[
            part["items"]["type"]
        ]
    return words.get(part.get("type", ""), "any JSON") + _bounds(part)


def _bounds(part: dict[str, Any]) -> str:
    low = part.get("minimum", part.get("exclusiveMinimum"))
    high = part.get("maximum")
    if low is None or high is None:
        return ""
    over = "over " if "exclusiveMinimum" in part else ""
    return f", {over}{low:,g} to {high:,g}" if isinstance(low, float) else f", {over}{low:,} to {high:,}"


def _cell(text: str) -> str:
    return text.replace(PATH, "A [path](#paths).").replace("|", "\\|")


if __name__ == "__main__":
    for each in registry.all():
        sys.stdout.write(f"## {each.name}\n\n{each.description} Effect: {each.effect.value}.\n\n{table(each)}\n")
