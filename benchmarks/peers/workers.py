"""Worker processes that end with the benchmark, however it ends."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import psutil

from config import processes

LOGS = "BENCH_LOGS"


class Workers:
    def __init__(self) -> None:
        self._running: list[subprocess.Popen[bytes]] = []

    @property
    def running(self) -> list[subprocess.Popen[bytes]]:
        return [process for process in self._running if process.poll() is None]

    @property
    def newest(self) -> subprocess.Popen[bytes]:
        return self._running[-1]

    def start(self, *argv: str, **settings: str) -> None:
        """`python -m argv…`, its output in a log of the data folder."""
        self.run(sys.executable, "-m", *argv, **settings)

    def run(self, *argv: str, **settings: str) -> None:
        """Any program, its output in a log of the data folder."""
        env: Mapping[str, str] = dict(os.environ) | settings
        log = Path(os.environ[LOGS]) / f"{os.environ['BENCH_PEER']}-{len(self._running)}.log"
        with log.open("ab") as output:
            self._running.append(processes.spawn(argv, output=output, env=env))

    def stop(self) -> None:
        for process in self._running:
            if process.poll() is None:
                processes.end([psutil.Process(process.pid)], 10)
                process.wait()
        self._running.clear()
