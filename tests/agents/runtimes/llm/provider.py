"""A provider of models on this machine: answers as a test told it, in the wire format of the real one."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.agents.runtimes.llm.dialects import Answer, Dialect

MOST_SECONDS = 30.0  # a stream without an end is given up then, so that no thread stays


@dataclass(frozen=True)
class Refusal:
    """An HTTP error instead of an answer."""

    status: int
    message: str = "No."
    retry_after: str | None = None


@dataclass(frozen=True)
class Broken:
    """The connection is closed after so many pieces of the answer."""

    answer: Answer
    after: int


@dataclass(frozen=True)
class Slow:
    """After some pieces of the answer nothing more comes, until the client goes away."""

    answer: Answer
    after: int = 3


Script = Answer | Refusal | Broken | Slow


@dataclass
class Provider:
    """Answers each request with the next of `script`, the last one for ever."""

    dialect: Dialect
    script: list[Script] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    url: str = ""
    waiting: threading.Event = field(default_factory=threading.Event)
    """A slow answer has come to where nothing more follows."""
    gone: threading.Event = field(default_factory=threading.Event)
    """The client of a slow answer went away."""
    gone_at: float = 0.0

    def will(self, *script: Script) -> Provider:
        self.script = list(script)
        return self

    def next(self) -> Script:
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    @property
    def told(self) -> str:
        """Everything that it was sent, as text."""
        return json.dumps(self.requests)


class Handler(BaseHTTPRequestHandler):
    told: Provider
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.told.times.append(time.monotonic())
        self.told.requests.append(json.loads(body))
        self.told.headers.append({name.lower(): value for name, value in self.headers.items()})
        match self.told.next():
            case Refusal() as refusal:
                self._refuse(refusal)
            case Answer() as answer:
                self._stream(answer, None)
                self.wfile.write(b"0\r\n\r\n")
            case Broken(answer, after):
                self._stream(answer, after)
                self.close_connection = True
            case Slow(answer, after):
                self._stream(answer, after)
                self._wait_for_the_end()

    def _refuse(self, refusal: Refusal) -> None:
        body = json.dumps(self.told.dialect.error(refusal.status, refusal.message)).encode()
        self.send_response(refusal.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if refusal.retry_after is not None:
            self.send_header("Retry-After", refusal.retry_after)
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, answer: Answer, pieces: int | None) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in list(self.told.dialect.stream(answer, len(self.told.requests)))[:pieces]:
            self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        self.wfile.flush()

    def _wait_for_the_end(self) -> None:
        self.close_connection = True
        self.connection.settimeout(MOST_SECONDS)
        self.told.waiting.set()
        try:
            self.connection.recv(1)
        except ConnectionError:
            pass
        except TimeoutError:
            return
        self.told.gone_at = time.monotonic()
        self.told.gone.set()

    def log_message(self, format: str, *args: Any) -> None:
        return


@contextmanager
def provider(dialect: Dialect) -> Iterator[Provider]:
    told = Provider(dialect)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("ToldHandler", (Handler,), {"told": told}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_port}" + ("/v1" if "openai" in dialect.name else "")
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
