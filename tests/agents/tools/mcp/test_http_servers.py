"""Servers over Streamable HTTP: one of the protocol's own library, and ones that misbehave."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from agents.runtimes.failure import Failure, FailureKind
from agents.tools.base import Effect
from agents.tools.mcp.server import HTTP, RemoteTool, Server
from agents.tools.mcp.upstream import Upstream
from tests.agents.sandbox.probes import until, wait_until
from tests.agents.tools.mcp.servers import call, context, discovered

pytestmark = pytest.mark.requirement("W13")


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def answers(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module", params=["stream", "json"])
def reference(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """It answers with streams of events, or with plain JSON."""
    port = free_port()
    program = subprocess.Popen(
        [sys.executable, "-m", "tests.agents.tools.mcp.reference_http", str(port), request.param],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: answers(port) or program.poll() is not None, 30)
        server = Server(
            "far",
            HTTP,
            url=f"http://127.0.0.1:{port}/mcp",
            headers={"Authorization": "Bearer hunter2"},
            call_seconds=20,
        )
        yield asyncio.run(discovered(server, tmp_path_factory.mktemp("job")))
    finally:
        program.kill()
        program.wait()


def test_its_tools_are_found_and_called(reference: Server, tmp_path: Path) -> None:
    assert [tool.effect for tool in reference.tools] == [Effect.PURE, Effect.EXTERNAL, Effect.IDEMPOTENT]

    result = call(reference, tmp_path, "add", a=20, b=22)

    assert (result["text"], result["structured"]) == ("42", {"result": 42})


def test_the_headers_of_the_workspace_come_along(reference: Server, tmp_path: Path) -> None:
    assert call(reference, tmp_path, "who")["text"] == "Bearer hunter2"
    assert "hunter2" not in repr(reference)


def test_a_call_that_takes_too_long_is_given_up(reference: Server, tmp_path: Path) -> None:
    failure = call(replace(reference, call_seconds=1), tmp_path, "wait", seconds=60)

    assert (failure.kind, failure.code) == (FailureKind.TIMED_OUT, "mcp_timeout")


def test_a_cancel_ends_the_call_at_once(reference: Server, tmp_path: Path) -> None:
    async def scenario() -> float:
        upstream = Upstream([reference])
        tools = upstream.tools
        arguments = tools.validate("far.wait", {"seconds": 60})
        await tools.get("far.wait").run(context(tmp_path), tools.validate("far.wait", {"seconds": 0}))
        calling = asyncio.create_task(tools.get("far.wait").run(context(tmp_path), arguments))
        await asyncio.sleep(0)
        await until(lambda: not calling.done())
        start = time.monotonic()
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling
        await upstream.close()
        return time.monotonic() - start

    assert asyncio.run(scenario()) < 2


def test_nothing_that_answers_may_pass(tmp_path: Path) -> None:
    nobody = Server("far", HTTP, url=f"http://127.0.0.1:{free_port()}/mcp", tools=(TOOL,))

    failure = call(nobody, tmp_path, "go")

    assert (failure.kind, failure.code) == (FailureKind.TRANSIENT, "mcp_unreachable")


TOOL = RemoteTool("go", "", {"type": "object"})
LISTED = {"name": "go", "inputSchema": {"type": "object"}}


class Liar(BaseHTTPRequestHandler):
    """Shakes hands as it should; `go` then does what the path says."""

    def log_message(self, *_: Any) -> None:
        pass

    def do_DELETE(self) -> None:
        self.give(200, b"")

    def do_GET(self) -> None:
        self.give(405, b"")

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        id = asked.get("id")
        match asked["method"]:
            case "initialize":
                info = {"name": "liar", "version": "1"}
                version = asked["params"]["protocolVersion"]
                self.result(id, {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": info})
            case "tools/list":
                self.result(id, {"tools": [LISTED]})
            case "tools/call":
                self.lie(id)
            case _ if id is None:
                self.give(202, b"")
            case _:
                self.json({"jsonrpc": "2.0", "id": id, "error": {"code": -32601, "message": "no"}})

    def lie(self, id: Any) -> None:  # noqa: C901 (a list of lies)
        good = json.dumps({"jsonrpc": "2.0", "id": id, "result": {"content": []}}).encode()
        match self.path:
            case "/wrong-id":
                self.result("other", {"content": []})
            case "/broken":
                self.give(200, b"{oops", content_type="application/json")
            case "/huge":
                self.give(200, b" " * 9_000_000 + good, content_type="application/json")
            case "/bomb":
                self.give(
                    200,
                    gzip.compress(b" " * 9_000_000 + good),
                    content_type="application/json",
                    content_encoding="gzip",
                )
            case "/failing":
                self.give(500, b"secret trace")
            case "/away":
                self.give(307, b"", location="http://127.0.0.2:9/mcp")
            case "/cut":
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", "5000")
                self.end_headers()
                self.wfile.write(good)
                self.close_connection = True
            case "/endless":
                self.send_response(200)
                self.send_header("content-type", "text/event-stream")
                self.end_headers()
                try:
                    while True:
                        self.wfile.write(b"data: " + b"x" * 60_000)
                except OSError:
                    pass
            case "/hang":
                STOP.wait(30)
                self.give(200, good, content_type="application/json")

    def result(self, id: Any, result: Any) -> None:
        self.json({"jsonrpc": "2.0", "id": id, "result": result})

    def json(self, value: Any) -> None:
        self.give(200, json.dumps(value).encode(), content_type="application/json")

    def give(self, status: int, content: bytes, **headers: str) -> None:
        try:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        except OSError:
            self.close_connection = True  # the other side has gone, as it should


STOP = threading.Event()


@pytest.fixture(scope="module")
def liar() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Liar)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    STOP.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("path", ["wrong-id", "broken", "huge", "bomb", "failing", "away", "cut", "endless", "hang"])
def test_whatever_it_does_is_the_failure_of_its_call_within_its_time(liar: str, tmp_path: Path, path: str) -> None:
    server = Server("far", HTTP, url=f"{liar}/{path}", tools=(TOOL,), call_seconds=2)
    start = time.monotonic()

    failure = call(server, tmp_path, "go")

    assert isinstance(failure, Failure), failure
    assert failure.kind is FailureKind.PERMANENT, "its effect is external, so it is not tried again by itself"
    assert failure.code in ("outcome_unknown", "mcp_refused", "mcp_bad_answer")
    assert "secret" not in failure.message
    assert time.monotonic() - start < 10
