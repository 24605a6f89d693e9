"""The steps of a submission that call `server.tool`, against what the workspace's servers have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agents import tool_servers
from agents.models import ToolServer, Workspace
from agents.tools.mcp.upstream import Upstream
from agents.tools.registry import OWN
from agents.tools.toolset import Toolset
from tasks.spec.errors import MOST_PROBLEMS, Code, InvalidSpec, Problem
from tasks.spec.model import Step, TaskSpec
from tasks.spec.paths import Path
from tasks.spec.quoting import quote
from tasks.spec.tool_calls import problems_of_arguments

MOST_NAMED = 10


def refuse_unknown(workspace: Workspace, specs: Sequence[TaskSpec]) -> None:
    """Raises InvalidSpec for a tool that no server of the workspace has, and for arguments that it does not take.

    Specs that call our own tools alone, as most do, cost nothing: those were checked when they were read.
    """
    calls = list(_calls(specs))
    if not calls:
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
    if problems:
        raise InvalidSpec([problem.detail() for problem in problems[:MOST_PROBLEMS]])


def are_named(specs: Sequence[TaskSpec]) -> bool:
    """Whether any step calls a tool that is not our own."""
    return any(True for _ in _calls(specs))


def _calls(specs: Sequence[TaskSpec]) -> Iterator[tuple[Step, Path]]:
    for index, spec in enumerate(specs):
        for number, step in enumerate(spec.steps):
            if step.tool not in OWN:
                yield step, ("tasks", index) if spec.tool is not None else ("tasks", index, "steps", number)


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
