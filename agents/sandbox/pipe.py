"""The pipes of a program: its output line by line, never faster than it is taken, and what it is told meanwhile."""

from __future__ import annotations

import asyncio
import errno
import os

from agents.sandbox.base import OnLine, Stream
from agents.sandbox.lines import Lines

CHUNK = 64 * 1024
FLUSH_SECONDS = 0.2
"""After this time the unfinished line of a program that says nothing more is shown."""


class OutputPipe:
    """Reads one stream until its end. Owns the file descriptor `reading`."""

    def __init__(self, stream: Stream, on_line: OnLine, lines: Lines | None = None) -> None:
        self._stream = stream
        self._on_line = on_line
        self._lines = lines or Lines()
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


class InputPipe:
    """What a program reads while it runs. Whoever writes here also closes it; a second time does nothing."""

    def __init__(self) -> None:
        self.reading, self._writing = os.pipe()
        os.set_blocking(self._writing, False)

    async def write(self, data: bytes) -> None:
        """Hand all of it on, as fast as the program takes it. Raises OSError where it reads no more."""
        rest = memoryview(data)
        while rest:
            if self._writing < 0:
                raise BrokenPipeError(errno.EPIPE, "The pipe is closed")
            try:
                rest = rest[os.write(self._writing, rest) :]
            except BlockingIOError:
                await self._writable()

    def close(self) -> None:
        """The program then reads the end."""
        self.close_reading()
        if self._writing >= 0:
            os.close(self._writing)
        self._writing = -1

    def close_reading(self) -> None:
        """In the keeper, once the guard has its copy."""
        if self.reading >= 0:
            os.close(self.reading)
        self.reading = -1

    async def _writable(self) -> None:
        loop = asyncio.get_running_loop()
        ready = loop.create_future()
        loop.add_writer(self._writing, _settle, ready)
        file = self._writing
        try:
            await ready
        finally:
            loop.remove_writer(file)


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
