"""The REST API as the commands use it: signed in, with every refusal as one error of our tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx

from agents.errors import Detail, InterlockError, InvalidInput, Unavailable
from agents.surroundings import Server

JSON = dict[str, Any]
CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 60.0
LOOPBACK = ("localhost", "127.0.0.1", "::1")
PAGE = 200


class Refused(InterlockError):
    """The server's answer to a request that it did not carry out, as it came: code, status, sentence, places."""

    def __init__(self, problem: Mapping[str, Any], status: int, retry_after: int | None = None) -> None:
        details = [_detail(each) for each in problem.get("errors") or []]
        sentence = str(problem.get("detail") or problem.get("title") or f"The server answered {status}.")
        super().__init__(sentence, details=details, retry_after=retry_after)
        self.code = str(problem.get("code") or "error")  # type: ignore[misc]
        self.status = status  # type: ignore[misc]
        self.title = str(problem.get("title") or "The server refused")  # type: ignore[misc]


class Client:
    """A connection to one server, and what it warned of.

    Raises Refused, Unavailable where nothing answers, InvalidInput for a bad address.
    """

    def __init__(self, server: Server) -> None:
        self.url = server.url
        self.warnings: list[str] = []
        host = _host_of(server.url)
        self._http = httpx.Client(
            base_url=server.url,
            headers={"Authorization": f"Bearer {server.token}", "Accept": "application/json"},
            timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
            trust_env=host not in LOOPBACK,  # no proxy leads to this very machine
            verify=server.url.startswith("https:"),  # reading the certificates takes a tenth of a second
        )

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, **query: Any) -> JSON:
        """What is at the path; None and empty values are left out of the query."""
        return self._send("GET", path, params={name: value for name, value in query.items() if value not in (None, "")})

    def post(self, path: str, value: Any = None, *, idempotency_key: str = "") -> JSON:
        return self._send("POST", path, json=value if value is not None else {}, headers=_keyed(idempotency_key))

    def post_text(self, path: str, body: bytes, content_type: str, *, idempotency_key: str = "") -> JSON:
        """The body as it is, so that the server can name its lines."""
        headers = {"Content-Type": content_type, **_keyed(idempotency_key)}
        return self._send("POST", path, content=body, headers=headers)

    def delete(self, path: str) -> JSON:
        return self._send("DELETE", path)

    def every(self, path: str, **query: Any) -> Iterator[JSON]:
        """All results of a list, page by page as they are asked for."""
        page = self.get(path, **query)
        while True:
            yield from page["results"]
            if not (following := page.get("next")):
                return
            page = self._send("GET", _path_of(following), params=None)

    def _send(self, method: str, path: str, **arguments: Any) -> JSON:
        try:
            response = self._http.request(method, path, **arguments)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Unavailable(
                f"Nothing answers at {self.url} ({_why(error)}); is the platform running, and is INTERLOCK_URL right?"
            ) from None
        except httpx.HTTPError as error:
            raise Unavailable(f"{self.url} broke off before it answered ({_why(error)}).") from None
        if response.is_success:
            if warning := response.headers.get("Interlock-Warning"):
                self.warnings.append(warning)
            return _decoded(response, self.url)
        raise _refusal(response, self.url)


@contextmanager
def connected(server: Server) -> Iterator[Client]:
    client = Client(server)
    try:
        yield client
    finally:
        client.close()


def _host_of(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidInput(f"INTERLOCK_URL is {url!r}; it should look like http://127.0.0.1:8000.")
    return parts.hostname


def _path_of(following: str) -> str:
    """The next page on the server that we asked: behind a proxy it may not know its own name."""
    parts = urlsplit(following)
    return f"{parts.path}?{parts.query}"


def _keyed(idempotency_key: str) -> dict[str, str]:
    return {"Idempotency-Key": idempotency_key} if idempotency_key else {}


def _decoded(response: httpx.Response, url: str) -> JSON:
    try:
        value = response.json() if response.content else {}
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Unavailable(f"What answers at {url} is not Interlock: it sent no JSON; is INTERLOCK_URL right?")
    return value


def _refusal(response: httpx.Response, url: str) -> InterlockError:
    try:
        problem = response.json()
    except ValueError:
        problem = None
    if not isinstance(problem, dict):
        return Unavailable(f"{url} answered {response.status_code} {response.reason_phrase} and no reason why.")
    waits = response.headers.get("Retry-After", "")
    return Refused(problem, response.status_code, int(waits) if waits.isdecimal() else None)


def _detail(each: Mapping[str, Any]) -> Detail:
    return Detail(
        message=str(each.get("message", "")),
        code=str(each.get("code", "")),
        path=str(each.get("path", "")),
        line=each.get("line"),
    )


def _why(error: Exception) -> str:
    return str(error).strip().rstrip(".") or type(error).__name__
