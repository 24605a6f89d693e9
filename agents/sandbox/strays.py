"""The last resort: ends a program whose guard was itself killed, by the mark in its environment."""

from __future__ import annotations

import os
import signal

import psutil

MARK = "INTERLOCK_SANDBOX"
"""Names one start of one program; every process that it starts inherits it."""


def end_strays(mark: str, group: int | None) -> None:
    """Kill the process group and every process that carries the mark, until a look finds none. Blocks."""
    if group is not None:
        try:
            os.killpg(group, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
    while strays := [process for process in psutil.process_iter() if _carries(process, mark)]:
        for process in strays:
            try:
                process.kill()
            except psutil.Error:
                pass
        psutil.wait_procs(strays, timeout=0.1)


def _carries(process: psutil.Process, mark: str) -> bool:
    try:
        return process.environ().get(MARK) == mark and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, OSError):
        return False
