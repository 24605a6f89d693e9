"""Asks a server once what tools it has."""

from __future__ import annotations

from agents.tools.base import ToolContext
from agents.tools.mcp.server import RemoteTool, Server, Skipped
from agents.tools.mcp.upstream import opened


async def discover(server: Server, context: ToolContext) -> tuple[list[RemoteTool], list[Skipped]]:
    """Its tools in the order of its list, and those that cannot be offered. Raises Failure."""
    connection = await opened(server, context)
    try:
        return list(connection.tools.values()), connection.skipped
    finally:
        await connection.close()
