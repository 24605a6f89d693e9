"""What every sandbox promises: bounded, streamed, stoppable, and nothing left behind.

The promises are written down once more as a test suite that runs over each kind of sandbox
(tests/agents/sandbox/test_conformance.py).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from agents.sandbox.pipe import InputPipe

Stream = Literal["stdout", "stderr"]

OnLine = Callable[[Stream, str], Awaitable[None]]
"""Takes one line without its end. The program waits while the callable does, so memory stays bounded."""


@dataclass(frozen=True)
class Limits:
    """The bounds of one program and of everything that it starts. None: not bounded."""

    cpu: float | None = None
    """Processors that it may use at once; `local` rounds up to whole ones."""
    cpu_seconds: int | None = None
    """Processor time of all its processes together."""
    memory_mb: int | None = 2048
    """Resident memory of all its processes together."""
    processes: int | None = 1024
    """Processes and threads together."""
    open_files: int | None = 4096
    """Open files of each process."""
    file_mb: int | None = 2048
    """Size of each file that it writes."""
    grace_seconds: float = 5.0
    """Between TERM and KILL when it is stopped."""


class Bound(StrEnum):
    """Which bound ended a program."""

    MEMORY = "memory"
    PROCESSES = "processes"
    CPU_SECONDS = "cpu_seconds"
    FILE_SIZE = "file_size"
    RENEWAL = "renewal"
    """Nobody renewed it in time: its keeper has stopped or lost the job."""


@dataclass(frozen=True)
class Usage:
    """What a program and everything that it started has used.

    Memory is the most that was resident at once; pages that processes share may count for each of them.
    """

    cpu_seconds: float = 0.0
    max_rss_mb: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        return Usage(self.cpu_seconds + other.cpu_seconds, max(self.max_rss_mb, other.max_rss_mb))


@dataclass(frozen=True)
class Exit:
    """How a program ended: by an exit code or by a signal, and by which bound if one ended it."""

    code: int | None
    signal: int | None
    usage: Usage = Usage()
    bound: Bound | None = None


class Sandbox(Protocol):
    """Runs programs for one attempt of one job, in that attempt's directory."""

    @property
    def name(self) -> str:
        """The kind: `local`, `docker`."""
        ...

    @property
    def directory(self) -> Path:
        """The attempt's own directory; the programs' HOME."""
        ...

    @property
    def usage(self) -> Usage:
        """What all programs that have ended here used together."""
        ...

    @property
    def killed(self) -> bool:
        """Whether a program that was stopped here outlived its grace."""
        ...

    async def run(
        self,
        argv: Sequence[str],
        *,
        on_line: OnLine,
        limits: Limits,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        stdin: bytes | InputPipe | None = None,
        longest_line: int | None = None,
    ) -> Exit:
        """Run `argv` to its end and return how it ended; nothing that it started lives on.

        `env` is added to a clean environment, `cwd` is the attempt's directory by default, and without `stdin`
        the program reads nothing; from an InputPipe it reads what is written there while it runs. Lines are valid
        text without NUL. A longer one than 16 Ki characters comes in pieces of exactly that length and a last,
        shorter one; an unfinished one comes after a short while. With `longest_line` that many characters are the
        most on stdout, and there an unfinished line waits for its end: so a program is spoken with. When the
        calling task is cancelled, or `on_line` raises, the program gets TERM, `limits.grace_seconds`, KILL, and the
        exception goes on.

        Raises Failure with `command_not_found`, `not_executable` or `bad_command` (permanent) where it cannot
        start, and `sandbox_lost` (crashed) when its guard died.
        """
        ...

    def renew(self, seconds: float) -> None:
        """Let the programs live for `seconds` from now; without the next renewal they are killed then.

        From the first renewal on the rule also holds for programs that start later. Safe from any thread.
        """
        ...

    async def close(self) -> None:
        """End what still runs, at once, and refuse to start anything more."""
        ...
