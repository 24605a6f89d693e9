"""The command in this very process, and a small server that answers what a test tells it to."""

from __future__ import annotations

import io
import json
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from config import cli


@dataclass(frozen=True)
class Done:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Done]


@pytest.fixture
def interlock(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `interlock …`; `stdin` is what it reads, further names are environment variables."""

    def run(*arguments: object, stdin: str | bytes = "", **environment: str) -> Done:
        with monkeypatch.context() as patch:
            body = stdin if isinstance(stdin, bytes) else stdin.encode()
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(body)))
            patch.setattr(sys, "argv", ["interlock", *map(str, arguments)])
            patch.delenv("INTERLOCK_PROCESS", raising=False)
            for name, value in environment.items():
                patch.setenv(name, value)
            capsys.readouterr()
            with pytest.raises(SystemExit) as end:
                cli.main()
        code = end.value.code
        out, err = capsys.readouterr()
        return Done(code if isinstance(code, int) else 0, out, err)

    return run


@dataclass
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Api:
    """Answers each request with the next answer that was told for its method and path, the last one for ever."""

    url: str = ""
    requests: list[Request] = field(default_factory=list)
    answers: dict[tuple[str, str], list[tuple[int, bytes, dict[str, str]]]] = field(default_factory=dict)

    def tell(self, method: str, path: str, *values: Any, status: int = 200, **headers: str) -> None:
        bodies = [value if isinstance(value, bytes) else json.dumps(value).encode() for value in values]
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[method, path] = [(status, body, named) for body in bodies]

    def refuse(self, method: str, path: str, status: int, code: str, detail: str, *errors: dict[str, Any]) -> None:
        problem = {"title": "No", "status": status, "code": code, "detail": detail, "errors": list(errors)}
        self.tell(method, path, problem, status=status)

    @property
    def last(self) -> Request:
        return self.requests[-1]

    def answer(self, request: Request) -> tuple[int, bytes, dict[str, str]]:
        self.requests.append(request)
        told = self.answers.get((request.method, request.path))
        if not told:
            return 404, json.dumps({"code": "not_found", "detail": f"Nothing at {request.path}."}).encode(), {}
        return told.pop(0) if len(told) > 1 else told[0]


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """A server for this test, which the command finds in INTERLOCK_URL."""
    told = Api()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            request = Request(self.command, parts.path, query, dict(self.headers), body)
            status, answer, headers = told.answer(request)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(answer)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        do_POST = do_GET

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("INTERLOCK_URL", told.url)
    monkeypatch.setenv("INTERLOCK_TOKEN", "a-token")
    yield told
    server.shutdown()
    server.server_close()
    thread.join()


def job(**fields: Any) -> dict[str, Any]:
    """A job as the API shows it."""
    id = fields.pop("id", "0199d4c0-8f3a-7d5e-9a1b-2c3d4e5f6a7b")
    return {
        "id": id,
        "type": "execute-task",
        "workspace": "default",
        "project": None,
        "session": {"id": "0199d4c0-0000-7d5e-9a1b-2c3d4e5f6a7b", "name": "nightly"},
        "parent": None,
        "children": None,
        "approvals": None,
        "title": "Count",
        "runtime": "command",
        "tool": None,
        "arguments": {},
        "priority": "P1",
        "state": "queued",
        "state_since": "2026-05-04T10:00:00Z",
        "position": 1,
        "estimate": None,
        "waiting_for": None,
        "progress": {"percent": None, "message": ""},
        "depends_on": [],
        "tags": [],
        "attempts": [],
        "attempt": 0,
        "max_attempts": 3,
        "submitted_by": {"kind": "token", "label": "ci"},
        "created_at": "2026-05-04T10:00:00Z",
        "started_at": None,
        "completed_at": None,
        "available_at": None,
        "wait_seconds": None,
        "worker": None,
        "result": None,
        "result_purged_at": None,
        "error": None,
        "cancel_requested_at": None,
        "usage": {"cpu_seconds": None, "max_rss_mb": None, "tokens": None, "cost": None},
        "policy": {"verdict": "ALLOW", "rule": None, "redacted": []},
    } | fields


def event(kind: str, after: str, seq: int | None = 1, **fields: Any) -> dict[str, Any]:
    """An event as the API shows it."""
    return {
        "id": seq or 1,
        "seq": seq,
        "kind": kind,
        "workspace": "default",
        "session": None,
        "job": "0199d4c0-8f3a-7d5e-9a1b-2c3d4e5f6a7b",
        "version": 1,
        "before": None,
        "after": after,
        "actor": "worker:worker-1",
        "reason": "",
        "worker": "worker-1-0123abcd",
        "epoch": 1,
        "data": {},
        "at": "2026-05-04T10:00:01Z",
    } | fields
