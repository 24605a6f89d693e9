"""What is kept of a program's output: every line to the log, up to a bound, and the last of each stream."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable

from agents.sandbox.base import Stream
from agents.sandbox.lines import LONGEST

LOG_CHARACTERS = 16 * 1024 * 1024
TAIL_CHARACTERS = 64 * 1024

OnLog = Callable[[str, str], Awaitable[None]]


class Tail:
    """The last lines of a stream: as many whole ones as fit into `limit` characters, or the end of one."""

    def __init__(self, limit: int = TAIL_CHARACTERS) -> None:
        self._limit = limit
        self._lines: deque[str] = deque()
        self._size = 0
        self._continues = False
        self._last_is_cut = False
        self.truncated = False

    def add(self, text: str) -> None:
        """Take one text as a sandbox gives it; one of the greatest length is continued by the next."""
        if self._continues:
            self._lines[-1] += text
            self._size += len(text)
        else:
            self._lines.append(text)
            self._size += len(text) + 1
            self._last_is_cut = False
        self._continues = len(text) == LONGEST
        if self._size > self._limit:
            self._cut()

    def _cut(self) -> None:
        self.truncated = True
        while self._size > self._limit and len(self._lines) > 1:
            self._size -= len(self._lines.popleft()) + 1
        if self._size > self._limit:
            self._lines[0] = self._lines[0][1 - self._limit :]
            self._size = self._limit
            self._last_is_cut = True

    @property
    def text(self) -> str:
        return "\n".join(self._lines)

    @property
    def last_line(self) -> str:
        """The last line with anything in it."""
        return next((line for line in reversed(self._lines) if line.strip()), "")

    @property
    def last_line_is_whole(self) -> bool:
        return not self._last_is_cut


class Capture:
    """An `on_line` for a sandbox that hands lines to `log`, and keeps the tails."""

    def __init__(self, log: OnLog, *, log_characters: int = LOG_CHARACTERS) -> None:
        self._log = log
        self._left = log_characters
        self.tails: dict[Stream, Tail] = {"stdout": Tail(), "stderr": Tail()}

    async def __call__(self, stream: Stream, line: str) -> None:
        self.tails[stream].add(line)
        if self._left <= 0:
            return
        await self._log(stream, line)
        self._left -= len(line) + 1
        if self._left <= 0:
            await self._log("system", "The log ends here: the command has said too much. It goes on.")

    @property
    def last_words(self) -> str:
        """The last line of errors, else of output."""
        return self.tails["stderr"].last_line or self.tails["stdout"].last_line
