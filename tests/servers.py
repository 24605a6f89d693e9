"""Postgres and Redis for one test run: their addresses are fixed at once, the servers start when first needed.

So a run of pure tests starts nothing, and two runs side by side have servers of their own.
"""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.embedded import Servers, servers
from config.embedded.data_folder import DataFolder
from config.embedded.postgres import DATABASE, OWNER

SECRET_KEY = "a key for tests, known to everybody and long enough for Django"


class Reservation:
    """A data folder in a temporary place, and two ports that nobody else gets until its servers start on them."""

    def __init__(self) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="interlock-tests-", ignore_cleanup_errors=True)
        # Everybody may pass through, so that the cluster lies in here too and goes with it.
        Path(self._temporary.name).chmod(0o711)
        self.folder = DataFolder.at(Path(self._temporary.name) / "data")
        self._sockets = {name: _reserved_port() for name in ("postgres", "redis")}
        self.ports = {name: held.getsockname()[1] for name, held in self._sockets.items()}

    @property
    def database_url(self) -> str:
        return f"postgresql://{OWNER}:{self.folder.secret('database')}@127.0.0.1:{self.ports['postgres']}/{DATABASE}"

    @property
    def redis_url(self) -> str:
        return f"redis://:{self.folder.secret('redis')}@127.0.0.1:{self.ports['redis']}/0"

    @contextmanager
    def started(self) -> Iterator[Servers]:
        for name, held in self._sockets.items():
            self.folder.write_note(f"{name}.port", str(self.ports[name]))
            held.close()
        with servers(self.folder.path, durable=False) as running:
            assert running.database_url == self.database_url, "somebody took the reserved port; run again"
            assert running.redis_url == self.redis_url, "somebody took the reserved port; run again"
            yield running

    def release(self) -> None:
        for held in self._sockets.values():
            held.close()
        self.folder.remove()
        self._temporary.cleanup()


def _reserved_port() -> socket.socket:
    """A bound socket that does not listen keeps everybody else from being given its port."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    return held
