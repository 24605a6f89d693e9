"""Which tools an agent gets: those that the task names, or what only reads."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from agents.errors import InvalidInput
from agents.tools import registry
from agents.tools.base import Tool

DEFAULT = ("echo", "files.list", "files.read", "files.search")
MOST_LETTERS = 64


def chosen(patterns: Sequence[str] | None) -> list[Tool]:
    """The tools that the names and globs select, by name; all of DEFAULT where nothing was said.

    Raises UnknownTool for a name, and InvalidInput for a glob, that selects nothing.
    """
    names: set[str] = set()
    for pattern in DEFAULT if patterns is None else patterns:
        names |= _selected(pattern)
    return [registry.get(name) for name in sorted(names)]


def is_glob(pattern: str) -> bool:
    return bool(set(pattern) & set("*?["))


def _selected(pattern: str) -> set[str]:
    if not is_glob(pattern):
        return {registry.get(pattern).name}
    found = {name for name in registry.names() if fnmatchcase(name, pattern)}
    if not found:
        raise InvalidInput(f"No tool is named like {pattern!r}; there are {', '.join(registry.names())}.")
    return found


def names_for_models(tools: Sequence[Tool]) -> dict[str, Tool]:
    """The tools by names that every provider takes: letters, digits, _ and -, at most 64 of them, each one once."""
    named: dict[str, Tool] = {}
    for tool in tools:
        plain = "".join(
            letter if (letter.isascii() and letter.isalnum()) or letter in "_-" else "_" for letter in tool.name
        )
        name, number = plain[:MOST_LETTERS], 1
        while name in named:
            number += 1
            name = f"{plain[: MOST_LETTERS - 4]}_{number}"
        named[name] = tool
    return named
