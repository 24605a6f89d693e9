"""What the tests of sandboxes ask of real processes."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psutil

from agents.sandbox.base import Exit, Limits, Sandbox

PYTHON = [sys.executable, "-I", "-S", "-c"]
SMALL = Limits(memory_mb=256, processes=64, open_files=64, file_mb=4, grace_seconds=5)


class Output:
    """Collects lines as `on_line`."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    async def __call__(self, stream: str, text: str) -> None:
        self.lines.append((stream, text))

    def of(self, stream: str) -> list[str]:
        return [text for name, text in self.lines if name == stream]

    @property
    def text(self) -> str:
        return "\n".join(self.of("stdout"))


def run(sandbox: Sandbox, argv: Sequence[str], limits: Limits = SMALL, **options: Any) -> tuple[Exit, Output]:
    output = Output()
    ended = asyncio.run(sandbox.run(argv, on_line=output, limits=limits, **options))
    return ended, output


def wait_until(condition: Callable[[], bool], seconds: float = 10.0) -> float:
    """How long it took until the condition held; fails after `seconds`."""
    start = time.monotonic()
    while not condition():
        if time.monotonic() - start > seconds:
            raise AssertionError(f"not so after {seconds} s")
        time.sleep(0.005)
    return time.monotonic() - start


async def until(condition: Callable[[], bool], seconds: float = 10.0) -> float:
    """The same inside an event loop."""
    start = time.monotonic()
    while not condition():
        if time.monotonic() - start > seconds:
            raise AssertionError(f"not so after {seconds} s")
        await asyncio.sleep(0.005)
    return time.monotonic() - start


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def written(path: Path) -> bool:
    return path.exists() and path.read_text().endswith("\n")


def pid_in(path: Path) -> int:
    return int(path.read_text())


def open_files() -> int:
    return psutil.Process(os.getpid()).num_fds()
