"""Keeps the platform's processes running under one parent, and ends all of them together."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import psutil

from config import ending, processes
from config.embedded.data_folder import DataFolder
from config.failures import CannotStart
from config.record import Process

LOOK_EVERY_SECONDS = 0.25
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 15.0
STEADY_SECONDS = 30.0
"""Who has run this long has recovered: the next restart is quick again."""
PARTS_END_SECONDS, ORPHANS_END_SECONDS, LEFTOVERS_END_SECONDS = 8.0, 1.0, 2.0
PR_SET_CHILD_SUBREAPER = 36

Say = Callable[[str], None]


class Server(Protocol):
    """An embedded server (`config.embedded`)."""

    name: str
    process: subprocess.Popen[bytes] | None

    def start(self) -> None: ...
    def stop(self) -> None: ...


@dataclass
class Part:
    """One process of ours: how to start it and how that has gone so far."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    first: bool = True
    """Whether the platform needs it to be ready. The others are started after that, so that ready comes sooner."""
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    started_at: float = 0.0
    start_again_at: float = 0.0

    @property
    def pause(self) -> float:
        return min(FIRST_PAUSE_SECONDS * 2 ** max(0, self.failures - 1), LONGEST_PAUSE_SECONDS)


@dataclass
class Supervisor:
    """Starts parts in order, starts again those that die, and stops all: parts first, their servers last."""

    folder: DataFolder
    servers: Sequence[Server]
    parts: Sequence[Part]
    say: Say
    changed: Callable[[], None] = field(default=lambda: None)
    """Called whenever the set of processes has changed."""

    def start(self) -> None:
        """Start what the platform needs to be ready."""
        adopt_orphans()
        self._start_all(first=True)

    def start_the_rest(self) -> None:
        self._start_all(first=False)

    def look(self) -> None:
        """One round: start again what has died and is due."""
        died = [each for each in self._all() if self._restarted(each)]
        if died:
            self.changed()
        _reap(self._known_pids())

    def watch(self) -> None:
        """Look until a signal ends this process. Raises Ended then."""
        while True:
            self.look()
            ending.pause(LOOK_EVERY_SECONDS)

    def stop(self) -> None:
        """End every process below this one: politely, then not. The servers are stopped by who started them."""
        running = list(self._running_parts())
        servers = {server.process.pid for server in self.servers if server.process is not None}
        processes.end([psutil.Process(part.process.pid) for part in running if part.process], PARTS_END_SECONDS)
        for part in running:
            _kill_group(part)
        processes.end(_descendants(but=servers), ORPHANS_END_SECONDS)
        _reap(servers)

    def running(self) -> list[Process]:
        """What runs now, servers included."""
        pairs = [(each.name, each.process.pid) for each in self._all() if each.process is not None]
        return [found for name, pid in pairs if (found := processes.identify(name, pid))]

    def _start_all(self, first: bool) -> None:
        for part in self.parts:
            if part.first is first:
                self._start(part)
        self.changed()

    def _start(self, part: Part) -> None:
        part.started_at = time.monotonic()
        with self.folder.log(part.name) as log:
            part.process = processes.spawn(part.argv, output=log, env=part.env)

    def _restarted(self, each: Server | Part) -> bool:
        if isinstance(each, Part):
            return self._restarted_part(each)
        if each.process is None or each.process.poll() is None:
            return False
        self.say(f"{each.name} ended with {_how(each.process)}; starting it again")
        each.start()
        return True

    def _restarted_part(self, part: Part) -> bool:
        if part.process is not None and part.process.poll() is not None:
            self._note_death(part, part.process)
        if part.process is not None or not part.started_at or time.monotonic() < part.start_again_at:
            return False
        self._start(part)
        return True

    def _note_death(self, part: Part, process: subprocess.Popen[bytes]) -> None:
        now = time.monotonic()
        part.failures = 1 if now - part.started_at > STEADY_SECONDS else part.failures + 1
        part.start_again_at = now + part.pause
        _kill_group(part)
        part.process = None
        tail = self.folder.log_tail(part.name, lines=1) if process.returncode > 0 else ""
        reason = f" ({tail})" if tail else ""
        self.say(f"{part.name} ended with {_how(process)}{reason}; starting it again in {part.pause:g} s")

    def _running_parts(self) -> Iterator[Part]:
        return (part for part in self.parts if part.process is not None and part.process.poll() is None)

    def _known_pids(self) -> set[int]:
        return {each.process.pid for each in self._all() if each.process is not None}

    def _all(self) -> list[Server | Part]:
        return [*self.servers, *self.parts]


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent dies (Linux), so that none escapes `stop`."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)


def end_leftovers(folder: DataFolder) -> int:
    """End what a killed platform left running on this folder; how many processes that were.

    Everything that `up` starts carries the folder's name and its parent's number in its environment.
    """
    found = list(_leftovers(str(folder.path)))
    processes.end(found, LEFTOVERS_END_SECONDS)  # their database is gone: nothing can be handed back any more
    return len(found)


def _leftovers(folder: str) -> Iterator[psutil.Process]:
    ours = {os.getpid(), *(ancestor.pid for ancestor in psutil.Process().parents())}
    for process in psutil.process_iter():
        try:
            environment = process.environ()
        except (psutil.Error, OSError):
            continue
        is_marked = environment.get("INTERLOCK_DATA") == folder and "INTERLOCK_PARENT" in environment
        if is_marked and process.pid not in ours:
            yield process


def _kill_group(part: Part) -> None:
    """A part leads its process group: what it started and left behind in it goes with it."""
    if part.process is None:
        return
    try:
        os.killpg(part.process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
    part.process.wait()


def _descendants(but: set[int]) -> list[psutil.Process]:
    found = []
    for child in psutil.Process().children():
        if child.pid not in but:
            found += [child, *child.children(recursive=True)]
    return [process for process in found if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


def _reap(known: set[int]) -> None:
    """Let adopted orphans that have ended go; our own children are waited for by who started them."""
    try:
        while (ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) and ended.si_pid not in known:
            os.waitpid(ended.si_pid, os.WNOHANG)
    except ChildProcessError:  # there is no child at all
        pass


def _how(process: subprocess.Popen[bytes]) -> str:
    code = process.returncode
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def refuse_if_failing(parts: Sequence[Part], limit: int, folder: DataFolder) -> None:
    """Raises CannotStart when a part has died more than `limit` times in a row: it will not come up by itself."""
    for part in parts:
        if part.failures > limit:
            last = folder.log_tail(part.name, lines=1)
            raise CannotStart(f"{part.name} does not start: {last} (all of it: {folder.path}/logs/{part.name}.log)")
