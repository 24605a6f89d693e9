"""The servers of a workspace for one attempt of a job: their tools as `server.tool`, connected when first called."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from agents.runtimes.failure import OUTCOME_UNKNOWN, Failure, permanent
from agents.tools.base import JSON, Effect, Tool, ToolContext
from agents.tools.mcp.schemas import model_of
from agents.tools.mcp.server import STDIO, RemoteTool, Server
from agents.tools.registry import OWN
from agents.tools.toolset import Toolset

if TYPE_CHECKING:
    from agents.tools.mcp.connection import Connection


class Upstream:
    """`tools` has our own and the servers'. Whoever made it closes it, when nothing calls any more."""

    def __init__(self, servers: Iterable[Server] = ()) -> None:
        self._connections: dict[str, Connection] = {}
        self._opening: dict[str, asyncio.Lock] = {}
        theirs = {f"{server.name}.{tool.name}": self._tool(server, tool) for server in servers for tool in server.tools}
        self.tools: Toolset = OWN.and_those(theirs) if theirs else OWN

    async def close(self) -> None:
        """Leave every server; those in the sandbox end."""
        if not self._connections:
            return
        connections = list(self._connections.values())
        self._connections.clear()
        await asyncio.gather(*(connection.close() for connection in connections))

    def _tool(self, server: Server, tool: RemoteTool) -> Tool:
        return Tool(
            name=f"{server.name}.{tool.name}",
            description=tool.description,
            arguments=model_of(f"{server.name}.{tool.name}", tool.schema),
            effect=tool.effect,
            run=partial(self._run, server, tool),
            needs_directory=server.transport == STDIO,
        )

    async def _run(self, server: Server, tool: RemoteTool, context: ToolContext, arguments: Any) -> JSON:
        from agents.tools.mcp.connection import ConnectionLost
        from agents.tools.mcp.results import refusal_of, result_of

        connection = await self._connected(server, context)
        _refuse_if_changed(server, tool, connection.tools.get(tool.name))
        try:
            answer = await connection.call(tool.name, arguments.root)
        except ConnectionLost as lost:
            await self._leave(server, connection)
            raise _of_lost(server, tool, lost.failure) from lost
        if answer.is_error:
            raise refusal_of(f"{server.name}.{tool.name}", answer)
        return result_of(answer)

    async def _connected(self, server: Server, context: ToolContext) -> Connection:
        async with self._opening.setdefault(server.name, asyncio.Lock()):
            known = self._connections.get(server.name)
            if known is not None and known.is_open:
                return known
            if known is not None:
                await self._leave(server, known)
            connection = await opened(server, context)
            self._connections[server.name] = connection
            return connection

    async def _leave(self, server: Server, connection: Connection) -> None:
        """The next call begins with a new one."""
        if self._connections.get(server.name) is connection:
            del self._connections[server.name]
        await connection.close()


async def opened(server: Server, context: ToolContext) -> Connection:
    """A connection to the server, which has told what it offers. Raises Failure."""
    if server.problem:
        raise permanent("mcp_unusable", f"The server {server.name} cannot be used: {server.problem}")
    # The library takes a second and 50 MB: only jobs that use a server pay for it.
    connections = await asyncio.to_thread(_connections_module)
    connection: Connection = connections.Connection(server, context)
    await connection.open()
    return connection


def _connections_module() -> Any:
    from agents.tools.mcp import connection

    return connection


def _refuse_if_changed(server: Server, known: RemoteTool, now: RemoteTool | None) -> None:
    """The policy and the checks of arguments go by what an admin has seen; a server that says something else waits."""
    name = f"{server.name}.{known.name}"
    if now is None:
        raise permanent("mcp_tool_gone", f"The server {server.name} has no tool {known.name} any more; refresh it.")
    if not now.is_called_like(known):
        raise permanent(
            "mcp_tool_changed",
            f"The server describes {name} otherwise than when it was last refreshed; an admin has to refresh it.",
        )


def _of_lost(server: Server, tool: RemoteTool, failure: Failure) -> Failure:
    """A call that may have had its effect is not tried again by itself."""
    if tool.effect is not Effect.EXTERNAL:
        return failure
    message = f"{failure.message} Whether {server.name}.{tool.name} was done is not known."
    return permanent(OUTCOME_UNKNOWN, message, cause=failure.code)
