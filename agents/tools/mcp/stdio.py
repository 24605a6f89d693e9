"""A server as a program in the job's sandbox: spoken with over its standard input and output, a message a line.

It has the limits of the job's other programs and dies with them. Source:
https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#stdio
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import anyio
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCMessage, jsonrpc_message_adapter
from pydantic import ValidationError

from agents.runtimes.classify import classify
from agents.runtimes.exits import failure_of
from agents.runtimes.failure import Failure, permanent
from agents.sandbox.base import Stream
from agents.sandbox.capture import Capture
from agents.sandbox.pipe import InputPipe
from agents.tools.base import ToolContext
from agents.tools.mcp.server import Server

LONGEST_MESSAGE = 4 * 1024 * 1024
"""Characters."""
MOST_CHARACTERS = 64 * 1024 * 1024
"""All that one server may say while it runs."""
LOG_CHARACTERS = 256 * 1024
ENDING_SECONDS = 0.5
"""Between the end of its input and TERM."""
_WAITING_MESSAGES = 64


class StdioTransport:
    """A transport of the MCP library. `problem` says afterwards why the server is gone, where it was not told to go."""

    def __init__(self, server: Server, context: ToolContext) -> None:
        self._server = server
        self._context = context
        self._input = InputPipe()
        self._left = MOST_CHARACTERS
        self._errors = Capture(context.log, log_characters=LOG_CHARACTERS)
        self._tasks: list[asyncio.Task[None]] = []
        self.problem: Failure | None = None

    async def __aenter__(self) -> Any:
        self._incoming, incoming = anyio.create_memory_object_stream[SessionMessage | Exception](0)
        # Room, so that nobody who gives up waits for a server that does not read.
        outgoing, self._outgoing = anyio.create_memory_object_stream[SessionMessage](_WAITING_MESSAGES)
        self._ours = (self._incoming, incoming, outgoing, self._outgoing)
        # Tasks of asyncio's, not of anyio's, which cancels again and again: the program is left its grace.
        self._program = asyncio.create_task(self._run())
        self._writer = asyncio.create_task(self._write())
        return incoming, outgoing

    async def __aexit__(self, *_: object) -> None:
        self._writer.cancel()
        await asyncio.wait([self._writer])
        self._input.close()
        for stream in self._ours:
            stream.close()
        await asyncio.wait([self._program], timeout=ENDING_SECONDS)
        self._program.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._program

    async def _run(self) -> None:
        try:
            ended = await self._context.sandbox.run(
                self._server.command,
                on_line=self._take,
                limits=self._context.limits,
                env=self._server.env,
                stdin=self._input,
                longest_line=LONGEST_MESSAGE,
            )
            self.problem = failure_of(ended, self._context.limits, self._errors.last_words)
        except Exception as problem:
            self.problem = classify(problem)
        finally:
            self._incoming.close()  # whoever waits for an answer hears that there will be none

    async def _take(self, stream: Stream, line: str) -> None:
        if stream == "stderr":
            await self._errors(stream, line)
            return
        self._left -= len(line) + 1
        if len(line) >= LONGEST_MESSAGE or self._left < 0:
            raise permanent("mcp_too_much", f"The server {self._server.name} said more than is taken, and was stopped.")
        message = _message(line)
        if message is None:
            await self._errors(stream, line)  # not a message: some print what belongs to standard error
            return
        with contextlib.suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
            await self._incoming.send(SessionMessage(message))

    async def _write(self) -> None:
        with contextlib.suppress(OSError, anyio.ClosedResourceError):
            async for sent in self._outgoing:
                line = sent.message.model_dump_json(by_alias=True, exclude_unset=True)
                await self._input.write(line.encode() + b"\n")


def _message(line: str) -> JSONRPCMessage | None:
    try:
        return jsonrpc_message_adapter.validate_json(line, by_name=False)
    except (ValidationError, ValueError):
        return None
