"""The sandbox `local`: a guarded process group on this machine, as this user.

It bounds and ends programs; it does not hide the machine from them. They can read what this user can read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from agents.runtimes.failure import crashed, permanent
from agents.sandbox import shim
from agents.sandbox.base import Exit, Limits, OnLine, Usage
from agents.sandbox.environment import TEMPORARY, clean_environment
from agents.sandbox.guarded import GuardedProgram
from agents.sandbox.pipe import InputPipe

VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


class LocalSandbox:
    """Runs the programs of one attempt in `directory`.

    `platform` holds the variables that the platform tells every program (INTERLOCK_JOB_ID…), `search_path` the
    PATH (by default this process's own), `nice` how far they stand back behind the platform.
    """

    name = "local"

    def __init__(
        self,
        directory: Path,
        *,
        platform: Mapping[str, str] | None = None,
        search_path: str | None = None,
        nice: int = 5,
    ) -> None:
        self._directory = directory
        self._platform = dict(platform or {})
        self._search_path = search_path
        self._nice = nice
        self._usage = Usage()
        self._killed = False
        self._running: set[GuardedProgram] = set()
        self._ends_at: float | None = None
        self._closed = False

    @property
    def directory(self) -> Path:
        return self._directory

    @property
    def usage(self) -> Usage:
        return self._usage

    @property
    def killed(self) -> bool:
        return self._killed

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
        _check(argv, env or {})
        if self._closed:
            raise crashed("sandbox_closed", "The sandbox has been closed.")
        (self._directory / TEMPORARY).mkdir(exist_ok=True)
        variables = clean_environment(
            self._directory, search_path=self._search_path, spec=env or {}, platform=self._platform
        )
        program = GuardedProgram(argv, variables, cwd or self._directory, limits, on_line, longest_line)
        self._running.add(program)
        try:
            await program.start(stdin, self._seconds_left(), self._nice)
            ended = await program.finish()
        except BaseException:
            self._killed |= await program.stop()
            raise
        finally:
            self._running.discard(program)
            await program.release()
        self._usage += ended.usage
        return ended

    def renew(self, seconds: float) -> None:
        self._ends_at = shim.now() + seconds
        for program in tuple(self._running):
            program.send(shim.RENEW, seconds)

    async def close(self) -> None:
        self._closed = True
        for program in tuple(self._running):
            program.send(shim.KILL)

    def _seconds_left(self) -> float | None:
        return None if self._ends_at is None else self._ends_at - shim.now()


def _check(argv: Sequence[str], env: Mapping[str, str]) -> None:
    if not argv or not argv[0]:
        raise permanent("bad_command", "The command is empty.")
    if any("\0" in word for word in (*argv, *env.values())):
        raise permanent("bad_command", "The command or its environment contains a NUL character.")
    for name in env:
        if not VARIABLE.match(name):
            raise permanent("bad_command", f"{name!r} cannot be the name of an environment variable.")
