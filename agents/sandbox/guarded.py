"""The keeper's side of one guard: starts it, hears how the program ended, tells it to stop."""

from __future__ import annotations

import asyncio
import errno
import functools
import importlib.util
import math
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from agents.runtimes.failure import Failure, crashed, permanent, transient
from agents.sandbox import shim
from agents.sandbox.base import Bound, Exit, Limits, OnLine, Usage
from agents.sandbox.lines import Lines
from agents.sandbox.pipe import InputPipe, OutputPipe
from agents.sandbox.strays import MARK, end_strays

PATIENCE_SECONDS = 5.0
"""For the guard's report, once everything must be dead."""
SILENCE_SECONDS = 1.0
"""For output that is still to come from a program that has ended; somebody else then holds its pipe."""
MEGABYTE = 1024 * 1024


class GuardedProgram:
    """One program under its guard, from `start` until `finish`, or `stop`, and in any case `release`."""

    def __init__(
        self,
        argv: Sequence[str],
        env: Mapping[str, str],
        cwd: Path,
        limits: Limits,
        on_line: OnLine,
        longest_line: int | None = None,
    ) -> None:
        self._argv = list(argv)
        self._limits = limits
        self._cwd = cwd
        self._mark = uuid.uuid4().hex
        self._env = {**env, MARK: self._mark}
        self._pid: int | None = None
        self._lock = threading.Lock()
        self._started = False
        lines = Lines() if longest_line is None else Lines(longest_line, whole=True)
        self._pipes = [OutputPipe("stdout", on_line, lines), OutputPipe("stderr", on_line)]
        self._socket, self._guards_socket = socket.socketpair()
        self._socket.setblocking(False)
        self._process: subprocess.Popen[bytes] | None = None
        self._tasks: list[asyncio.Task[Any]] = []

    async def start(self, stdin: bytes | InputPipe | None, seconds: float | None, nice: int) -> None:
        """Start guard and program; `seconds` is how long it may live without a renewal."""
        with _readable(stdin) as file:
            self._process = self._start_guard(() if file is None else (file,))
        plan = self._plan(seconds, nice) | {"stdin": file}
        await asyncio.get_running_loop().sock_sendall(self._socket, shim.pack((shim.START, plan)))
        with self._lock:
            self._started = True
        self._report = asyncio.create_task(self._hear())
        self._pumps = [asyncio.create_task(pipe.pump()) for pipe in self._pipes]
        self._tasks = [self._report, *self._pumps]

    async def finish(self) -> Exit:
        """Wait for the end of the program and of its output; raises what `on_line` raised, and Failure."""
        ends: list[asyncio.Future[Any]] = [self._report, *(pipe.problem for pipe in self._pipes)]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        self._raise_problem()
        await self._drain()
        self._raise_problem()
        return await self._report

    async def stop(self) -> bool:
        """TERM, the grace, KILL; returns when all of it is gone, and whether it had to be killed.

        A second cancellation ends the grace.
        """
        if not self._tasks:
            return False  # it had not begun; its guard ends when the socket closes
        self.send(shim.STOP, self._limits.grace_seconds)
        loop = asyncio.get_running_loop()
        until = loop.time() + self._limits.grace_seconds + PATIENCE_SECONDS
        cancelled: asyncio.CancelledError | None = None
        while not self._report.done() and loop.time() < until:
            try:
                await asyncio.wait([self._report], timeout=until - loop.time())
                await asyncio.wait(self._pumps, timeout=SILENCE_SECONDS)
            except asyncio.CancelledError as again:
                cancelled = again
                self.send(shim.KILL)
                until = loop.time() + PATIENCE_SECONDS
        if cancelled:
            raise cancelled
        return self._was_killed()

    def _was_killed(self) -> bool:
        """It ended by KILL, or its guard did not tell how."""
        report = self._report
        return not report.done() or report.exception() is not None or report.result().signal == signal.SIGKILL

    def send(self, *order: object) -> None:
        """To the guard, from any thread. One that has ended, or reads nothing, does not need to hear it."""
        with self._lock:
            if self._started:
                try:
                    self._socket.send(shim.pack(order))
                except OSError:
                    pass

    async def release(self) -> None:
        """Give back everything, however often it is cancelled. A guard that still lives then ends its program."""
        await until_done(asyncio.create_task(self._release()))

    async def _release(self) -> None:
        with self._lock:
            self._started = False
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for pipe in self._pipes:
            pipe.close()
        self._socket.close()
        self._guards_socket.close()
        if self._process:
            await _reap(self._process)

    def _raise_problem(self) -> None:
        for pipe in self._pipes:
            if pipe.problem.done():
                pipe.problem.result()

    async def _drain(self) -> None:
        """The rest of the output; it ends by itself unless somebody outside the program holds the pipe."""
        loop = asyncio.get_running_loop()
        while pending := [task for task in self._pumps if not task.done()]:
            await asyncio.wait(pending, timeout=SILENCE_SECONDS / 4)
            for pipe, task in zip(self._pipes, self._pumps, strict=True):
                if pipe.silent_since is not None and loop.time() - pipe.silent_since > SILENCE_SECONDS:
                    task.cancel()

    def _start_guard(self, files: tuple[int, ...]) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-E", _script()],
            stdin=self._guards_socket.fileno(),
            stdout=self._pipes[0].writing,
            stderr=self._pipes[1].writing,
            pass_fds=files,
            env={name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ},
            cwd="/",
            start_new_session=True,
        )
        for pipe in self._pipes:
            pipe.close_writing()
        self._guards_socket.close()
        return process

    def _plan(self, seconds: float | None, nice: int) -> dict[str, Any]:
        limits = self._limits
        return {
            "argv": [os.fsencode(word) for word in self._argv],
            "env": {os.fsencode(name): os.fsencode(value) for name, value in self._env.items()},
            "path": os.fsencode(self._env.get("PATH", "")),
            "cwd": os.fsencode(self._cwd),
            "seconds": seconds,
            "grace": limits.grace_seconds,
            "nice": nice,
            "memory": limits.memory_mb and limits.memory_mb * MEGABYTE,
            "processes": limits.processes,
            "cpu_seconds": limits.cpu_seconds,
            "processors": _processors(limits.cpu),
            "rlimits": _rlimits(limits),
        }

    async def _hear(self) -> Exit:
        loop = asyncio.get_running_loop()
        frames = shim.Frames()
        while True:
            try:
                data = await loop.sock_recv(self._socket, 65536)
            except ConnectionError:
                data = b""
            if not data:
                break
            for kind, *rest in frames.feed(data):
                if kind == shim.STARTED:
                    self._pid = rest[0]
                elif kind == shim.REFUSED:
                    raise self._refusal(*rest)
                elif kind == shim.EXITED:
                    return _exit(*rest)
        await asyncio.to_thread(end_strays, self._mark, self._pid)
        raise crashed("sandbox_lost", "The sandbox's guard died, so its program was killed.")

    def _refusal(self, stage: str, number: int, tried: bytes) -> Failure:
        name, path = self._argv[0], os.fsdecode(tried)
        reason = os.strerror(number).lower()
        if stage == "directory":
            return permanent("bad_directory", f"The directory {self._cwd} cannot be entered: {reason}.")
        if stage == "prepare" or not number:
            return crashed("sandbox_lost", f"The sandbox could not be set up: {path or reason}.")
        if number in (errno.ENOENT, errno.ENOTDIR) and not path:
            where = f"from {self._cwd}" if "/" in name else f"in PATH ({self._env.get('PATH')})"
            return permanent("command_not_found", f"There is no program {name!r} {where}.")
        if number in _NOT_EXECUTABLE:
            return permanent("not_executable", f"{path} cannot be executed: {_NOT_EXECUTABLE[number]}.")
        if number == errno.E2BIG:
            return permanent("bad_command", "The command with its environment is too long for this system.")
        return transient("bad_start", f"{path or name} could not be started: {reason}.")


@contextmanager
def _readable(stdin: bytes | InputPipe | None) -> Iterator[int | None]:
    """The number of the file that the program shall read, until the guard has its copy."""
    if isinstance(stdin, InputPipe):
        try:
            yield stdin.reading
        finally:
            stdin.close_reading()
    elif stdin is None:
        yield None
    else:
        with tempfile.TemporaryFile() as file:
            file.write(stdin)
            file.seek(0)
            yield file.fileno()


_NOT_EXECUTABLE = {
    errno.EACCES: "it is no file, or lacks the execute permission",
    errno.ENOEXEC: "it is neither a program for this machine nor a script that starts with #!",
    errno.ENOENT: "the interpreter that its first line names was not found",
}


@functools.cache
def _script() -> str:
    """The guard's file: compiled where Python keeps that and it is of this source, a third quicker to start."""
    source = os.stat(shim.__file__)
    compiled = importlib.util.cache_from_source(shim.__file__)
    now = struct.pack("<III", 0, int(source.st_mtime) & 0xFFFFFFFF, source.st_size & 0xFFFFFFFF)
    try:
        with open(compiled, "rb") as file:
            return compiled if file.read(16) == importlib.util.MAGIC_NUMBER + now else shim.__file__
    except OSError:
        return shim.__file__


async def until_done(task: asyncio.Task[None]) -> None:
    """Wait for the task however often the caller is cancelled; then let the cancellation go on."""
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as again:
            cancelled = again
    if cancelled:
        raise cancelled
    task.result()


async def _reap(process: subprocess.Popen[bytes]) -> None:
    """The guard exits right after its report, or when its socket closes and the program is dead."""
    until = time.monotonic() + PATIENCE_SECONDS
    pause = 0.0002
    while process.poll() is None and time.monotonic() < until:
        await asyncio.sleep(pause)
        pause = min(2 * pause, 0.05)


def _exit(status: int, bound: str | None, cpu_seconds: float, max_rss: int) -> Exit:
    code = os.waitstatus_to_exitcode(status)
    return Exit(
        code=code if code >= 0 else None,
        signal=-code if code < 0 else None,
        usage=Usage(round(cpu_seconds, 3), round(max_rss / MEGABYTE, 1)),
        bound=Bound(bound) if bound else None,
    )


def _rlimits(limits: Limits) -> list[tuple[str, int]]:
    """What each process may use. Memory is not among them: address space says little about it."""
    bounds = [("RLIMIT_CORE", 0)]
    if limits.open_files:
        bounds.append(("RLIMIT_NOFILE", limits.open_files))
    if limits.file_mb:
        bounds.append(("RLIMIT_FSIZE", limits.file_mb * MEGABYTE))
    if limits.cpu_seconds:
        bounds.append(("RLIMIT_CPU", limits.cpu_seconds + 1))
    if limits.processes and sys.platform == "linux":
        bounds.append(("RLIMIT_NPROC", _tasks_now() + 4 * limits.processes))
    return bounds


def _tasks_now() -> int:
    """How many tasks the machine has. The kernel's bound counts all of a user's, not one program's, so it only
    guards against a bomb that outruns the guard; there is room for neighbors that start later."""
    return int(Path("/proc/loadavg").read_text().split()[3].split("/")[1])


def _processors(cpu: float | None) -> list[int]:
    """The processors that the program is held to; none: all of them."""
    if cpu is None or sys.platform != "linux":
        return []
    allowed = sorted(os.sched_getaffinity(0))
    wanted = max(1, math.ceil(cpu))
    return random.sample(allowed, wanted) if wanted < len(allowed) else []
