"""Child processes that end with their parent, and that can be told from strangers who got their pid later."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psutil

from config.record import Process

PR_SET_PDEATHSIG = 1
SAME_START_SECONDS = 2.0  # the kernel's boot time, from which start times are computed, is rounded
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Account:
    """A user of the system that a child runs as."""

    name: str
    uid: int
    gid: int

    @property
    def popen_arguments(self) -> dict[str, Any]:
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def spawn(
    argv: Sequence[str | Path],
    *,
    output: IO[Any] | int | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    account: Account | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a child in a process group of its own: a Ctrl-C at the terminal reaches the parent alone.

    On Linux the kernel sends `death_signal` to the child when the thread that called this ends, so call it
    from the main thread. Elsewhere our own parts watch their parent (`config.lifeline`).
    """
    return subprocess.Popen(
        [str(part) for part in argv],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        env=dict(env) if env is not None else None,
        cwd=cwd,
        process_group=0,
        preexec_fn=_tied_to_parent(death_signal),
        **(account.popen_arguments if account else {}),
    )


def identify(name: str, pid: int) -> Process | None:
    """The process as it can be found again after both of us have died, or None if it is gone already."""
    try:
        return Process(name, pid, psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        return None


def find(process: Process) -> psutil.Process | None:
    """The very process that was identified, if it still lives (a zombie does not)."""
    try:
        found = psutil.Process(process.pid)
        is_same = abs(found.create_time() - process.started) < SAME_START_SECONDS
        return found if is_same and found.status() != psutil.STATUS_ZOMBIE else None
    except psutil.NoSuchProcess:
        return None


def end(processes: Iterable[psutil.Process], patience: float, signals: Sequence[signal.Signals] = ()) -> None:
    """Send each signal in turn (default TERM), wait up to `patience` seconds after each, then KILL."""
    remaining = list(processes)
    for number in [*(signals or [signal.SIGTERM]), signal.SIGKILL]:
        for process in remaining:
            _signal(process, number)
        _, remaining = psutil.wait_procs(remaining, timeout=patience)
        if not remaining:
            return


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        pass


def _tied_to_parent(death_signal: signal.Signals) -> Callable[[], None] | None:
    if _libc is None:
        return None
    parent = os.getpid()

    def tie() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, death_signal)
        if os.getppid() != parent:  # it died between the fork and the line above
            os.kill(os.getpid(), signal.SIGKILL)

    return tie
