"""Which tools an agent gets: those that the task names, or what only reads; and never more than its role has."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from agents.errors import InvalidInput
from agents.tools.base import Tool
from agents.tools.registry import OWN, PREFIXES, may_be_of_a_server
from agents.tools.toolset import Toolset

DEFAULT = ("echo", "files.list", "files.read", "files.search")
MOST_LETTERS = 64


def chosen(patterns: Sequence[str] | None, tools: Toolset = OWN, role: Sequence[str] | None = None) -> list[Tool]:
    """The tools that the names and globs select, by name; where nothing was said those of the role, else DEFAULT.

    `role` are the names and globs of an agent: what they do not select is not there for it. Those of a role may select
    nothing, since a server may be gone that it was made for. Raises UnknownTool for a name, and InvalidInput for a
    glob, of the task itself that selects nothing.
    """
    if patterns is None:
        names = allowed(role, tools) if role is not None else allowed(DEFAULT, tools)
    else:
        names = {name for pattern in patterns for name in _selected(pattern, tools)}
        if role is not None:
            names &= allowed(role, tools)
    return [tools.get(name) for name in sorted(names)]


def allowed(patterns: Sequence[str], tools: Toolset) -> set[str]:
    """The names that the patterns select, which may be none."""
    return {name for name in tools.names() if any(fnmatchcase(name, pattern) for pattern in patterns)}


def is_glob(pattern: str) -> bool:
    return bool(set(pattern) & set("*?["))


def may_select_others(pattern: str) -> bool:
    """Whether the pattern may select tools of a workspace's servers, which only the workspace tells."""
    if not is_glob(pattern):
        return pattern not in OWN
    prefix, dot, _ = pattern.partition(".")
    return not dot or is_glob(prefix) or prefix not in PREFIXES


def can_select(pattern: str, known: Sequence[str]) -> bool:
    """Whether it selects one of the known tools, or may select one of a workspace's servers."""
    if any(fnmatchcase(name, pattern) for name in known):
        return True
    return may_select_others(pattern) if is_glob(pattern) else may_be_of_a_server(pattern)


def _selected(pattern: str, tools: Toolset) -> set[str]:
    if not is_glob(pattern):
        return {tools.get(pattern).name}
    found = allowed([pattern], tools)
    if not found:
        raise InvalidInput(f"No tool is named like {pattern!r}; {tools.hint(pattern)}")
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
