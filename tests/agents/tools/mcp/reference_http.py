"""A server of the protocol's own library over Streamable HTTP: `python -m … PORT [legacy]`."""

from __future__ import annotations

import asyncio
import sys

from mcp.server.mcpserver import Context, MCPServer
from mcp_types import ToolAnnotations

server = MCPServer("reference")


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@server.tool()
def who(ctx: Context) -> str:
    """Say with which token it was called."""
    return str(ctx.headers.get("authorization"))


@server.tool(annotations=ToolAnnotations(idempotent_hint=True))
async def wait(seconds: float) -> str:
    """Wait."""
    await asyncio.sleep(seconds)
    return "waited"


server.run("streamable-http", port=int(sys.argv[1]), json_response="json" in sys.argv)
