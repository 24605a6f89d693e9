"""A platform for the demo alone: `interlock up` as a child, on a data folder of its own and a free port."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from agents.surroundings import Server
from config import ending, processes
from config.embedded.data_folder import DataFolder, free_port
from config.failures import CannotStart
from config.record import Record

READY = "Interlock is ready at"
READY_SECONDS, END_SECONDS = 120.0, 20.0
NOT_PASSED_ON = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "INTERLOCK_URL", "INTERLOCK_TOKEN", "INTERLOCK_DATA")
"""The demo writes into nobody's real database: its servers are embedded ones, whatever the environment says."""


@dataclass
class DemoPlatform:
    """The running child. `scratch` is a folder for what the examples write."""

    process: subprocess.Popen[bytes]
    data: Path
    scratch: Path
    output: Path
    seconds_to_start: float = 0.0

    @property
    def server(self) -> Server:
        record = Record.read(self.data)
        if record is None:
            raise CannotStart(f"The platform left no record in {self.data}.")
        return Server(record.url, record.token)

    @property
    def password(self) -> str:
        """That of `admin`."""
        path = self.data / "secrets" / "admin"
        return path.read_text() if path.exists() else ""

    def require_alive(self) -> None:
        """Raises CannotStart, with the platform's last words, once it has ended."""
        if self.process.poll() is not None:
            lines = self.output.read_text(errors="replace").strip().splitlines()
            raise CannotStart(lines[-1] if lines else f"The platform ended with {self.process.returncode}.")

    def wait_until_ready(self) -> None:
        began = time.monotonic()
        while READY not in self.output.read_text(errors="replace"):
            self.require_alive()
            if time.monotonic() - began > READY_SECONDS:
                raise CannotStart(f"The platform did not get ready in {READY_SECONDS:g} s.")
            ending.pause(0.05)
        self.seconds_to_start = time.monotonic() - began


@contextmanager
def running(data: Path | None) -> Iterator[DemoPlatform]:
    """The platform, ready, on the folder `data` or on one that is removed afterwards. Raises CannotStart, Ended.

    After CannotStart the folder stays, since its logs say why.
    """
    given = DataFolder.at(data) if data else None
    base = Path(tempfile.mkdtemp(prefix="interlock-demo-"))
    if os.geteuid() == 0:
        base.chmod(0o711)  # root's Postgres runs under another user, who must be able to pass through
    folder = given or DataFolder.at(base / "data")
    scratch = base / "scratch"
    scratch.mkdir()
    has_failed = False
    try:
        with _started(folder.path, scratch, base / "up.log") as platform:
            platform.wait_until_ready()
            yield platform
    except CannotStart:
        has_failed = True
        raise
    finally:
        if not has_failed:
            if given is None:
                folder.remove()
            shutil.rmtree(base, ignore_errors=True)


@contextmanager
def _started(data: Path, scratch: Path, output: Path) -> Iterator[DemoPlatform]:
    env = {name: value for name, value in os.environ.items() if name not in NOT_PASSED_ON}
    # The examples call `python3`: this one is there, and is the right one.
    env["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), env.get("PATH", os.defpath)])
    argv = [sys.executable, "-m", "config", "up", "--data", str(data), "--port", str(free_port())]
    with output.open("wb") as file:
        process = processes.spawn(argv, output=file, env=env)
    try:
        yield DemoPlatform(process, data, scratch, output)
    finally:
        process.terminate()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
