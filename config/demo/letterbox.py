"""A mail server for the demo alone: it takes every mail over SMTP, on loopback, and keeps it in memory.

As much of RFC 5321 as one client needs that sends a mail: no relaying, no extensions, no TLS.
"""

from __future__ import annotations

import email
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import policy
from email.message import EmailMessage

LARGEST = 1 << 20  # bytes of one mail


class Letterbox(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Visit)
        self.mails: list[EmailMessage] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Visit(socketserver.StreamRequestHandler):
    """One connection."""

    server: Letterbox

    def handle(self) -> None:
        self._say("220 the demo's letterbox")
        while line := self.rfile.readline(1000):
            verb = line[:4].upper().strip()
            if verb == b"DATA":
                self._take()
            elif verb == b"QUIT":
                self._say("221 goodbye")
                return
            else:
                self._say("250 fine")

    def _take(self) -> None:
        self._say("354 end with a dot")
        content = b""
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            content += line.removeprefix(b".") if line.startswith(b"..") else line
            if len(content) > LARGEST:
                self._say("552 that is too much")
                return
        self.server.mails.append(email.message_from_bytes(content, policy=policy.default))
        self._say("250 taken")

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")


@contextmanager
def letterbox() -> Iterator[Letterbox]:
    with Letterbox() as box:
        thread = threading.Thread(target=box.serve_forever, name="letterbox", daemon=True)
        thread.start()
        try:
            yield box
        finally:
            box.shutdown()
            thread.join()
