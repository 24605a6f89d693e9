"""The standard library's mail clients in a thread, whose connection a cancel cuts at once."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from typing import TypeVar

from agents.tools.email.account import Host, Tls

T = TypeVar("T")

CONNECT_SECONDS = 10.0
SILENCE_SECONDS = 30.0


class Line:
    """The connection of one call. `cut` works from another thread, at any moment, and more than once."""

    def __init__(self) -> None:
        self._copies: list[socket.socket] = []
        self._is_cut = False
        self.trust = ssl.create_default_context()

    def connect(self, host: Host) -> socket.socket:
        """A connected socket; under TLS from the beginning where the host says so."""
        connected = socket.create_connection((host.name, host.port), CONNECT_SECONDS)
        # A copy, since TLS takes the original; what shuts the copy down shuts the connection down.
        self._copies.append(connected.dup())
        connected.settimeout(SILENCE_SECONDS)
        if self._is_cut:
            connected.close()
            raise ConnectionAbortedError("the call was cancelled")
        if host.tls is not Tls.TLS:
            return connected
        try:
            return self.trust.wrap_socket(connected, server_hostname=host.name)
        except BaseException:
            connected.close()
            raise

    def cut(self) -> None:
        self._is_cut = True
        for copy in self._copies:
            try:
                copy.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it has ended already

    def close(self) -> None:
        for copy in self._copies:
            copy.close()


async def on_a_line(work: Callable[[Line], T], seconds: float) -> T:
    """What `work` returns, run in a thread. Cancelled, or after so many seconds, its connection is cut first."""
    line = Line()
    running = asyncio.ensure_future(asyncio.to_thread(work, line))
    running.add_done_callback(lambda done: line.close())
    try:
        async with asyncio.timeout(seconds):
            return await asyncio.shield(running)
    except (asyncio.CancelledError, TimeoutError):
        line.cut()
        running.add_done_callback(lambda done: done.cancelled() or done.exception())
        raise
