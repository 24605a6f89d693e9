"""The folder that holds one platform's state on this machine: its lock, its secrets, its servers' files."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from config.failures import CannotStart
from config.record import Record

LOG_LIMIT_BYTES = 20_000_000


@dataclass(frozen=True)
class DataFolder:
    """A data folder that exists and can be written to; make one with `DataFolder.at`."""

    path: Path

    @classmethod
    def at(cls, path: Path) -> DataFolder:
        """The folder at `path`, made if need be. Raises CannotStart where that is impossible."""
        path = path.expanduser().absolute()
        try:
            # Root's Postgres runs under another user, who must be able to pass through. Every secret in it has
            # a mode of its own.
            path.mkdir(parents=True, exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)
            probe = path / f".probe-{os.getpid()}"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise CannotStart(
                f"The data folder {path} cannot be used ({_why(error)}); give another one with --data."
            ) from None
        return cls(path)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for one platform. The kernel lets go of it however this process ends."""
        with (self.path / "lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise CannotStart(self._already_running()) from None
            yield

    def folder(self, name: str) -> Path:
        """A private folder inside this one."""
        path = self.path / name
        path.mkdir(exist_ok=True, mode=0o700)
        return path

    def secret(self, name: str) -> str:
        """The secret of that name, made up at the first call and the same ever after."""
        path = self.folder("secrets") / name
        if not path.exists():
            write_private(path, secrets.token_urlsafe(32))
        return path.read_text()

    def note(self, name: str) -> str:
        """What was written down under `name`, or nothing."""
        path = self.path / name
        return path.read_text() if path.exists() else ""

    def write_note(self, name: str, text: str) -> None:
        write_private(self.path / name, text)

    def log(self, name: str) -> IO[bytes]:
        """The log file of a part, to append to; one that has grown too large makes room for a new one."""
        path = self.folder("logs") / f"{name}.log"
        if path.exists() and path.stat().st_size > LOG_LIMIT_BYTES:
            path.replace(path.with_suffix(".log.1"))
        return path.open("ab")

    def log_tail(self, name: str, lines: int = 3) -> str:
        path = self.folder("logs") / f"{name}.log"
        content = path.read_text(errors="replace").splitlines() if path.exists() else []
        return " / ".join(line.strip() for line in content[-lines:])

    def remove(self) -> None:
        """Delete the folder and what it keeps elsewhere. Its servers must have stopped."""
        if elsewhere := self.note("postgres.location"):
            shutil.rmtree(elsewhere, ignore_errors=True)
        shutil.rmtree(self.path, ignore_errors=True)

    def _already_running(self) -> str:
        record = Record.read(self.path)
        where = f" at {record.url}" if record and record.url else ""
        who = f" (process {record.parent.pid})" if record and record.parent else ""
        return f"Interlock already runs on {self.path}{where}{who}; stop it, or give another folder with --data."


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read; readers see the old or the new content, never a half."""
    scratch = path.with_name(f".{path.name}-{os.getpid()}")
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    scratch.replace(path)


def free_port(preferred: str = "") -> int:
    """A loopback port nobody listens on: the preferred one if it is still free."""
    for port in ([int(preferred)] if preferred else []) + [0]:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise CannotStart("This machine has no free loopback port.")


def _why(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
