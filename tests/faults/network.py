"""A network between a part and a server that the test can take away: what crosses it, crosses a relay."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

LOOK_SECONDS = 0.05


class Network:
    """Relays TCP connections to one server. While it is `lost`, nothing passes and nobody is told."""

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(url)
        self._server = (self._parts.hostname or "127.0.0.1", self._parts.port or 0)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._closed = threading.Event()
        self._there = threading.Event()
        self._there.set()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        """The server's address as it is on this side."""
        port = self._listener.getsockname()[1]
        user, at, _ = self._parts.netloc.rpartition("@")
        return urlunsplit(self._parts._replace(netloc=f"{user}{at}127.0.0.1:{port}"))

    def lose(self) -> None:
        self._there.clear()

    def restore(self) -> None:
        self._there.set()

    def close(self) -> None:
        self._closed.set()
        self._there.set()
        self._listener.close()
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while not self._closed.is_set():
            ready, _, _ = select.select([self._listener], [], [], LOOK_SECONDS)
            if ready and not self._closed.is_set():
                with contextlib.suppress(OSError):
                    client, _ = self._listener.accept()
                    thread = threading.Thread(target=self._carry, args=[client], daemon=True)
                    self._threads.append(thread)
                    thread.start()

    def _carry(self, client: socket.socket) -> None:
        """Both ways, until one side hangs up."""
        with client, contextlib.suppress(OSError), socket.create_connection(self._server) as server:
            other = {client: server, server: client}
            while not self._closed.is_set():
                self._there.wait()
                ready, _, _ = select.select([client, server], [], [], LOOK_SECONDS)
                if not self._there.is_set():
                    continue
                for side in ready:
                    data = side.recv(1 << 16)
                    if not data:
                        return
                    other[side].sendall(data)


@contextlib.contextmanager
def network(url: str) -> Iterator[Network]:
    made = Network(url)
    try:
        yield made
    finally:
        made.close()
