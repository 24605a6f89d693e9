"""`http.request`, against a real server."""

from __future__ import annotations

import gzip
import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from agents.runtimes.failure import Failure, FailureKind
from agents.tools import registry
from agents.tools.results import MAX_RESULT_BYTES, size_of
from tests.agents.tools.conftest import Toolbox

pytestmark = pytest.mark.requirement("W5")


PAGES: dict[str, tuple[bytes, dict[str, str]]] = {
    "json": (b'{"a": [1, "\\u0000"]}', {"content_type": "application/json", "set_cookie": "id=hunter2"}),
    "broken-json": (b"{oops", {"content_type": "application/json"}),
    "latin": ("größer".encode("latin-1"), {"content_type": "text/plain; charset=latin-1"}),
    "odd-charset": (b"78", {"content_type": "text/plain; charset=hex"}),
    "binary": (b"\x89PNG\0\xff", {"content_type": "image/png"}),
    "flood": ("ä".encode() * 2_000_000, {}),
    "bomb": (gzip.compress(b"x" * 20_000_000), {"content_encoding": "gzip"}),
    "hop": (b"arrived", {}),
    "headers": (b"", {f"x_{n}": "y" * 500 for n in range(80)}),
}


class Handler(BaseHTTPRequestHandler):
    seen: list[dict[str, Any]] = []
    elsewhere = ""

    def answer(self, status: int, content: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def handle_any(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length).decode()
        self.seen.append({"method": self.command, "path": self.path, "headers": dict(self.headers), "body": body})
        kind, _, number = self.path[1:].partition("/")
        if kind == "status":
            self.answer(int(number), b"because")
        elif kind == "hop" and number != "0":
            self.answer(302, location=f"/hop/{int(number) - 1}")
        elif kind == "away":
            self.answer(307, location=self.elsewhere)
        elif kind == "never":
            self.server.stopping.wait(30)  # type: ignore[attr-defined]
        else:
            content, headers = PAGES.get(kind, (b"hello", {}))
            self.answer(200, content, **headers)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = handle_any

    def log_message(self, format: str, *args: Any) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.stopping = threading.Event()

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # clients that leave early are part of the tests


@pytest.fixture
def server() -> Iterator[str]:
    Handler.seen = []
    with Server(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.stopping.set()
        running.shutdown()
        thread.join()


def failure_of(toolbox: Toolbox, **arguments: Any) -> Failure:
    with pytest.raises(Failure) as failed:
        toolbox.use("http.request", **arguments)
    return failed.value


def test_a_page_is_fetched(toolbox: Toolbox, server: str) -> None:
    result = toolbox.use("http.request", url=f"{server}/page", headers={"X-Mine": "1"})

    assert (result["status"], result["text"], result["truncated"]) == (200, "hello", False)
    assert result["url"] == f"{server}/page"
    assert Handler.seen[0]["headers"]["x-mine"] == "1"
    assert Handler.seen[0]["headers"]["accept-encoding"] == "identity"


def test_json_is_sent_and_read(toolbox: Toolbox, server: str) -> None:
    result = toolbox.use("http.request", url=f"{server}/json", method="POST", json={"größe": [1]})

    assert result["json"] == {"a": [1, "�"]}
    assert json.loads(Handler.seen[0]["body"]) == {"größe": [1]}
    assert Handler.seen[0]["headers"]["content-type"] == "application/json"
    assert "set-cookie" not in result["headers"]


def test_text_is_sent_as_it_is(toolbox: Toolbox, server: str) -> None:
    toolbox.use("http.request", url=server, method="PUT", body="a=b", headers={"Content-Type": "text/x"})

    assert (Handler.seen[0]["body"], Handler.seen[0]["headers"]["content-type"]) == ("a=b", "text/x")


@pytest.mark.parametrize(
    ("path", "part", "value"),
    [
        ("broken-json", "text", "{oops"),
        ("latin", "text", "größer"),
        ("odd-charset", "base64", "Nzg="),
        ("binary", "base64", "iVBORwD/"),
    ],
)
def test_the_body_is_given_as_what_it_is(toolbox: Toolbox, server: str, path: str, part: str, value: str) -> None:
    assert toolbox.use("http.request", url=f"{server}/{path}")[part] == value


@pytest.mark.parametrize("path", ["flood", "bomb", "headers"])
def test_a_large_answer_is_cut(toolbox: Toolbox, server: str, path: str) -> None:
    result = toolbox.use("http.request", url=f"{server}/{path}")

    assert result["truncated"] is (path != "headers")
    assert size_of(result) <= MAX_RESULT_BYTES


def test_it_can_be_cut_shorter(toolbox: Toolbox, server: str) -> None:
    assert toolbox.use("http.request", url=f"{server}/flood", max_bytes=5)["text"] == "ää"


def test_head_has_no_body(toolbox: Toolbox, server: str) -> None:
    assert toolbox.use("http.request", url=server, method="HEAD")["text"] == ""


@pytest.mark.parametrize("status", [201, 301, 404, 403])
def test_an_answer_below_500_is_a_result(toolbox: Toolbox, server: str, status: int) -> None:
    assert toolbox.use("http.request", url=f"{server}/status/{status}")["status"] == status


@pytest.mark.parametrize(
    ("status", "expected", "kind"),
    [
        (500, None, FailureKind.TRANSIENT),
        (503, None, FailureKind.TRANSIENT),
        (404, [200], FailureKind.PERMANENT),
        (429, [200], FailureKind.TRANSIENT),
        (502, [200, 404], FailureKind.TRANSIENT),
    ],
)
def test_an_unexpected_status_fails(
    toolbox: Toolbox, server: str, status: int, expected: list[int] | None, kind: FailureKind
) -> None:
    extra = {"expect_status": expected} if expected else {}

    failure = failure_of(toolbox, url=f"{server}/status/{status}", **extra)

    assert (failure.kind, failure.code, failure.data) == (kind, "http_status", {"status": status})
    assert "because" in failure.message


def test_an_expected_500_is_a_result(toolbox: Toolbox, server: str) -> None:
    assert toolbox.use("http.request", url=f"{server}/status/500", expect_status=[500])["status"] == 500


def test_redirects_on_the_same_host_are_followed_up_to_a_bound(toolbox: Toolbox, server: str) -> None:
    assert toolbox.use("http.request", url=f"{server}/hop/5")["text"] == "arrived"
    assert toolbox.use("http.request", url=f"{server}/hop/5", redirects=0)["status"] == 302
    assert failure_of(toolbox, url=f"{server}/hop/6").code == "http_too_many_redirects"


def test_a_redirect_to_another_host_is_a_result(toolbox: Toolbox, server: str) -> None:
    Handler.elsewhere = server.replace("127.0.0.1", "localhost") + "/page"

    result = toolbox.use("http.request", url=f"{server}/away", headers={"authorization": "secret"})

    assert (result["status"], result["headers"]["location"]) == (307, Handler.elsewhere)
    assert len(Handler.seen) == 1


def test_who_does_not_answer_may_be_asked_again(toolbox: Toolbox, server: str) -> None:
    late = failure_of(toolbox, url=f"{server}/never", timeout_seconds=0.2)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = failure_of(toolbox, url=f"http://127.0.0.1:{unused.getsockname()[1]}")
    unknown = failure_of(toolbox, url="http://no-such-host.invalid")

    assert (late.kind, late.code) == (FailureKind.TRANSIENT, "http_timeout")
    assert (nobody.kind, nobody.code) == (FailureKind.TRANSIENT, "http_failed")
    assert (unknown.kind, unknown.code) == (FailureKind.TRANSIENT, "http_failed")


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        ({"url": "ftp://example.org"}, "url"),
        ({"url": "example.org"}, "url"),
        ({"url": "http://"}, "url"),
        ({"url": "http://[::1"}, "url"),
        ({"url": "http://user:hunter2@example.org"}, "url"),
        ({"url": "http://example.org", "method": "BREW"}, "method"),
        ({"url": "http://example.org", "headers": {"a": "b\r\nc: d"}}, "headers"),
        ({"url": "http://example.org", "headers": {"ä": "ö"}}, "headers"),
        ({"url": "http://example.org", "json": 1, "body": "x"}, ""),
        ({"url": "http://example.org", "timeout_seconds": 0}, "timeout_seconds"),
        ({"url": "http://example.org", "redirects": 99}, "redirects"),
        ({"url": "http://example.org", "expect_status": []}, "expect_status"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_its_place(arguments: dict[str, Any], path: str) -> None:
    with pytest.raises(registry.InvalidArguments) as refused:
        registry.validate("http.request", arguments)

    assert [detail.path for detail in refused.value.details] == [path]
    assert "hunter2" not in refused.value.message
