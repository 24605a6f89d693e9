"""The reading end of a program's output: handed on line by line, never faster than it is taken."""

from __future__ import annotations

import asyncio
import os

from agents.sandbox.base import OnLine, Stream
from agents.sandbox.lines import Lines

CHUNK = 64 * 1024
FLUSH_SECONDS = 0.2
"""After this time the unfinished line of a program that says nothing more is shown."""


class OutputPipe:
    """Reads one stream until its end. Owns the file descriptor `reading`."""

    def __init__(self, stream: Stream, on_line: OnLine) -> None:
        self._stream = stream
        self._on_line = on_line
        self._lines = Lines()
        self.reading, self.writing = os.pipe()
        os.set_blocking(self.reading, False)
        self.problem: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Gets the exception that `on_line` raised; the rest of the output is then read and dropped."""
        self.silent_since: float | None = None
        """The loop's time since when it waits for the program (None: the program waits for it)."""

    async def pump(self) -> None:
        """Hand on everything up to the end of the stream; never raises what `on_line` raised."""
        while data := await self._read():
            await self._hand_on(self._lines.feed(data))
        await self._hand_on(self._lines.end())

    def close(self) -> None:
        """Only when `pump` is over: the numbers are used again at once."""
        for file in (self.reading, self.writing):
            if file >= 0:
                os.close(file)
        self.reading = self.writing = -1

    def close_writing(self) -> None:
        """In the keeper, once the guard has its copy."""
        os.close(self.writing)
        self.writing = -1

    async def _hand_on(self, lines: list[str]) -> None:
        self.silent_since = None
        for line in lines:
            if self.problem.done():
                return
            try:
                await self._on_line(self._stream, line)
            except Exception as problem:
                self.problem.set_exception(problem)
                self.problem.exception()  # whether anyone asks for it is not the pipe's business
                return

    async def _read(self) -> bytes:
        await asyncio.sleep(0)  # a program that floods must not keep the loop for itself
        while True:
            try:
                return os.read(self.reading, CHUNK)
            except BlockingIOError:
                pass
            try:
                async with asyncio.timeout(FLUSH_SECONDS if self._lines.waiting else None):
                    await self._readable()
            except TimeoutError:
                await self._hand_on(self._lines.flush())

    async def _readable(self) -> None:
        loop = asyncio.get_running_loop()
        ready = loop.create_future()
        if self.silent_since is None:
            self.silent_since = loop.time()
        loop.add_reader(self.reading, _settle, ready)
        try:
            await ready
        finally:
            loop.remove_reader(self.reading)


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
