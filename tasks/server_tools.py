"""What of a submission names tools of the workspace's servers, against what those have: steps, and tools for models."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Any

from agents import tool_servers
from agents.models import ToolServer, Workspace
from agents.runtimes.llm.choosing import is_glob, may_select_others
from agents.tools.mcp.upstream import Upstream
from agents.tools.registry import OWN
from agents.tools.toolset import Toolset
from tasks.spec.choices import JobType
from tasks.spec.errors import MOST_PROBLEMS, Code, InvalidSpec, Problem
from tasks.spec.model import Step, TaskSpec
from tasks.spec.paths import Path
from tasks.spec.quoting import quote
from tasks.spec.tool_calls import problems_of_arguments

MOST_NAMED = 10


def refuse_unknown(workspace: Workspace, specs: Sequence[TaskSpec]) -> None:
    """Raises InvalidSpec for a tool that no server of the workspace has, for arguments that it does not take, and for
    globs that select nothing.

    Specs that call our own tools alone, as most do, cost nothing: those were checked when they were read.
    """
    calls, patterns = list(_calls(specs)), list(_patterns(specs))
    if not calls and not patterns:
        return
    servers = list(ToolServer.objects.in_workspace(workspace.id))
    offered = [tool_servers.value_of(row, with_secrets=False) for row in servers if row.enabled]
    tools = Upstream(offered).tools
    problems: list[Problem] = []
    for step, place in calls:
        if step.tool in tools:
            problems += problems_of_arguments(step, (*place, "args"), tools.get(step.tool))
        else:
            problems.append(Problem((*place, "tool"), Code.UNKNOWN_TOOL, _unknown(step.tool, servers, tools)))
    for pattern, place in patterns:
        if is_glob(pattern) and not any(fnmatchcase(name, pattern) for name in tools.names()):
            sentence = f"No tool of this workspace is named like {quote(pattern)}; {tools.hint(pattern)}"
            problems.append(Problem(place, Code.UNKNOWN_TOOL, sentence))
        elif not is_glob(pattern) and pattern not in tools:
            problems.append(Problem(place, Code.UNKNOWN_TOOL, _unknown(pattern, servers, tools)))
    if problems:
        raise InvalidSpec([problem.detail() for problem in problems[:MOST_PROBLEMS]])


def are_named(specs: Sequence[TaskSpec]) -> bool:
    """Whether anything names a tool that is not our own."""
    return any(True for _ in _calls(specs)) or any(True for _ in _patterns(specs))


def _calls(specs: Sequence[TaskSpec]) -> Iterator[tuple[Step, Path]]:
    for index, spec in enumerate(specs):
        for number, step in enumerate(spec.steps):
            if step.tool not in OWN:
                yield step, ("tasks", index) if spec.tool is not None else ("tasks", index, "steps", number)


def _patterns(specs: Sequence[TaskSpec]) -> Iterator[tuple[str, Path]]:
    """The names and globs for models that may select what is not our own; `*` selects ours at least."""
    for index, spec in enumerate(specs):
        for number, pattern in enumerate(spec.tools or ()):
            if _selects_no_own(pattern):
                yield pattern, ("tasks", index, "tools", number)
        of_agent: Any = spec.data.get("tools") if spec.type is JobType.SPAWN_AGENT else ()
        for number, pattern in enumerate(of_agent or ()):
            if _selects_no_own(pattern):
                yield pattern, ("tasks", index, "data", "tools", number)


def _selects_no_own(pattern: str) -> bool:
    return may_select_others(pattern) and not any(fnmatchcase(name, pattern) for name in OWN.names())


def _unknown(name: str, servers: Sequence[ToolServer], tools: Toolset) -> str:
    prefix = name.partition(".")[0]
    server = next((row for row in servers if row.name == prefix), None)
    if server is None:
        known = ", ".join(row.name for row in servers[:MOST_NAMED])
        there_are = f"its servers are {known}" if servers else "it has no tool servers"
        return f"There is no tool {quote(name)} in this workspace ({there_are}); {tools.hint(name)}"
    if not server.enabled:
        return f"There is no tool {quote(name)} now: an admin has switched the server {prefix} off."
    if server.refreshed_at is None:
        return f"There is no tool {quote(name)} yet: an admin has to refresh the server {prefix} first."
    return f"The server {prefix} has no tool {quote(name)}; {tools.hint(name)}"
