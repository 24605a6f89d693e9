"""One connection to a server: opened, asked what it has, called, closed. What goes wrong there is a Failure here."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any

from mcp.client.client import Client
from mcp.shared.exceptions import MCPError
from mcp_types import (
    CONNECTION_CLOSED,
    REQUEST_TIMEOUT,
    CallToolRequest,
    CallToolRequestParams,
    CallToolResult,
    Implementation,
)
from pydantic import ValidationError

from agents.runtimes.classify import text_of
from agents.runtimes.failure import Failure, permanent, timed_out, transient
from agents.tools.base import ToolContext
from agents.tools.mcp.http import HttpTransport
from agents.tools.mcp.listing import Listing
from agents.tools.mcp.server import STDIO, RemoteTool, Server, Skipped
from agents.tools.mcp.stdio import StdioTransport

OPEN_SECONDS = 30.0
CLOSE_SECONDS = 2.0
MOST_PAGES = 50
_US = Implementation(name="interlock", version="1")


class ConnectionLost(Exception):
    """The server was gone before it answered: nobody knows what it did of the call."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class Connection:
    """A server that is there: `open` it, then `call`, in the end `close`.

    The library's own tasks live in one task of ours, since they must be left where they were entered.
    """

    def __init__(self, server: Server, context: ToolContext) -> None:
        self._server = server
        self._grace = context.limits.grace_seconds
        self._transport = StdioTransport(server, context) if server.transport == STDIO else HttpTransport(server)
        self._client: Client | None = None
        self._end = asyncio.Event()
        self._ready = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.tools: dict[str, RemoteTool] = {}
        """What it offers now, by its own names."""
        self.skipped: list[Skipped] = []

    @property
    def is_open(self) -> bool:
        return self._client is not None and self._task is not None and not self._task.done()

    async def open(self) -> None:
        """Raises Failure where the server cannot be reached, does not answer in time, or answers nonsense."""
        self._task = asyncio.create_task(self._keep())
        ready = asyncio.create_task(self._ready.wait())
        try:
            await asyncio.wait([self._task, ready], timeout=OPEN_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if self._task.done():
                raise self._why(self._task.exception())
            if not ready.done():
                raise timed_out("mcp_timeout", f"{self._name} did not answer within {OPEN_SECONDS:g} s.")
        except BaseException:
            await self.close()
            raise
        finally:
            ready.cancel()

    async def call(self, tool: str, arguments: Mapping[str, Any]) -> CallToolResult:
        """What the server answered to this one call.

        Raises Failure for what it refused, and ConnectionLost where it did not answer.
        """
        assert self._client is not None
        request = CallToolRequest(params=CallToolRequestParams(name=tool, arguments=dict(arguments)))
        try:
            async with asyncio.timeout(self._server.call_seconds):
                # Not the client's own `call_tool`: that checks results by the server's schema, without bounds.
                return await self._client.session.send_request(request, CallToolResult)
        except TimeoutError:
            raise ConnectionLost(self._too_late()) from None
        except MCPError as problem:
            if problem.code == REQUEST_TIMEOUT:
                raise ConnectionLost(self._too_late()) from None
            if problem.code == CONNECTION_CLOSED or not self.is_open:
                raise ConnectionLost(self._gone()) from None
            raise permanent("mcp_refused", f"{self._name} refused the call: {text_of(problem)}.") from problem
        except (ValidationError, RuntimeError, ValueError) as problem:
            raise permanent("mcp_bad_answer", f"{self._name} answered with what is no result of a tool.") from problem

    async def close(self) -> None:
        """End it; a program of it gets the end of its input, TERM, the grace, KILL. Never raises."""
        task = self._task
        if task is None:
            return
        self._end.set()
        if not self._ready.is_set():
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait([task], timeout=CLOSE_SECONDS + self._grace)
        while not task.done():
            task.cancel()
            await asyncio.wait([task], timeout=CLOSE_SECONDS)
        if not task.cancelled():
            task.exception()  # it has been told already, or nobody asks any more

    async def _keep(self) -> None:
        client = Client(self._transport, cache=None, client_info=_US, read_timeout_seconds=self._server.call_seconds)
        async with client:
            listing = await self._listed(client)
            self.tools, self.skipped = listing.tools, listing.skipped
            self._client = client
            self._ready.set()
            await self._end.wait()
            self._client = None

    async def _listed(self, client: Client) -> Listing:
        listing = Listing()
        cursor: str | None = None
        for _ in range(MOST_PAGES):
            page = await client.list_tools(cursor=cursor, cache_mode="bypass")
            for tool in page.tools:
                listing.add(tool)
            cursor = page.next_cursor
            if cursor is None or listing.is_full:
                break
        return listing

    @property
    def _name(self) -> str:
        return f"The server {self._server.name}"

    def _too_late(self) -> Failure:
        return timed_out("mcp_timeout", f"{self._name} did not answer within {self._server.call_seconds:g} s.")

    def _gone(self) -> Failure:
        why = self._transport.problem
        if why is not None and why.code == "mcp_too_much":
            return why
        message = f"{self._name} was gone before it answered"
        return transient("mcp_connection_lost", f"{message}: {why.message.rstrip('.')}." if why else f"{message}.")

    def _why(self, problem: BaseException | None) -> Failure:
        """Why it could not be opened, from what the library's tasks raised."""
        while isinstance(problem, BaseExceptionGroup):
            problem = problem.exceptions[0]
        if self._transport.problem is not None:
            theirs = self._transport.problem
            return Failure(theirs.kind, theirs.code, f"{self._name} could not be started: {theirs.message}")
        if isinstance(problem, ValidationError | RuntimeError):
            return permanent("mcp_bad_answer", f"{self._name} does not answer as an MCP server does.")
        if isinstance(problem, MCPError) and problem.code == REQUEST_TIMEOUT:
            return self._too_late()
        said = text_of(problem) if problem else "it ended"
        return transient("mcp_unreachable", f"{self._name} cannot be used: {said or type(problem).__name__}.")
