"""`http.request`: one HTTP request.

It runs in the worker, not in the sandbox, so what it may reach is for the policy to say. A redirect is followed
only to the same host, since the policy has seen that one; another is the result, with its `location`.
"""

from __future__ import annotations

import asyncio
import functools
import json
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

import httpx
from pydantic import Field, field_validator, model_validator

from agents.runtimes.classify import text_of
from agents.runtimes.failure import Failure, FailureKind, permanent, transient
from agents.tools.base import JSON, Arguments, Effect, Tool, ToolContext
from agents.tools.results import head, size_of, storable

READING = frozenset({"GET", "HEAD", "OPTIONS"})
MAY_PASS = frozenset({408, 425, 429})
"""Refusals that another attempt may not meet; so are all from 500 on."""
TEXT_BYTES = 200 * 1024
HEADERS_BYTES = 16 * 1024
LONGEST_SECONDS = 600
SECRET_HEADERS = frozenset({"set-cookie", "set-cookie2"})


class HttpArguments(Arguments):
    url: str = Field(min_length=1, max_length=8192, description="The address, with http:// or https://.")
    method: Literal["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"] = Field(
        default="GET", description="What to do there."
    )
    headers: dict[str, str] = Field(default={}, max_length=100, description="Headers of the request.")
    json_body: Any = Field(default=None, alias="json", description="A body to send as JSON.")
    body: str | None = Field(default=None, max_length=1024 * 1024, description="A body to send as text.")
    timeout_seconds: float = Field(
        default=30, ge=0.1, le=LONGEST_SECONDS, allow_inf_nan=False, description="For all of it."
    )
    redirects: int = Field(default=5, ge=0, le=10, description="How many redirects to follow, on the same host.")
    expect_status: list[int] | None = Field(
        default=None,
        min_length=1,
        max_length=100,
        description="Fail unless the answer has one of these statuses. Without it, those from 500 on fail.",
    )
    max_bytes: int = Field(
        default=TEXT_BYTES, ge=1, le=TEXT_BYTES, description="How much of the answer's body to give."
    )

    @field_validator("url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        try:
            url = httpx.URL(value)
        except httpx.InvalidURL as problem:
            raise ValueError(f"it is no address: {problem}") from None
        if url.scheme not in ("http", "https") or not url.host:
            raise ValueError("it must begin with http:// or https:// and name a host")
        if url.userinfo:
            raise ValueError("it must not contain a user or password; send a header instead")
        return value

    @field_validator("headers")
    @classmethod
    def _sendable(cls, value: dict[str, str]) -> dict[str, str]:
        try:
            headers = httpx.Headers(value)
        except UnicodeEncodeError:
            raise ValueError("they must be ASCII") from None
        if any(set("\r\n\0") & set(name + text) for name, text in headers.items()):
            raise ValueError("they must be of one line each")
        return value

    @model_validator(mode="after")
    def _one_body(self) -> HttpArguments:
        if self.body is not None and "json_body" in self.model_fields_set:
            raise ValueError("give `json` or `body`, not both")
        return self


def effect(arguments: HttpArguments) -> Effect:
    """Reading may be done again; what PUT and DELETE promise by the book, not every server keeps."""
    return Effect.IDEMPOTENT if arguments.method in READING else Effect.EXTERNAL


async def run(context: ToolContext, arguments: HttpArguments) -> JSON:
    host = httpx.URL(arguments.url).host
    try:
        async with asyncio.timeout(arguments.timeout_seconds):
            return await _exchange(arguments)
    except (TimeoutError, httpx.TimeoutException) as problem:
        message = f"{host} did not answer within {arguments.timeout_seconds:g} s."
        raise transient("http_timeout", message) from problem
    except (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL) as problem:
        raise permanent("http_bad_request", f"That cannot be asked of {host}: {text_of(problem)}.") from problem
    except httpx.HTTPError as problem:
        raise transient("http_failed", f"{host} could not be asked: {text_of(problem)}.") from problem


async def _exchange(arguments: HttpArguments) -> JSON:
    async with _client() as client:
        request = client.build_request(
            arguments.method, arguments.url, headers=_headers(arguments), content=_content(arguments)
        )
        for _ in range(arguments.redirects + 1):
            async with _answer(client, request) as response:
                following = response.next_request
                if following is None or not _same_host(request.url, following.url) or not arguments.redirects:
                    return await _result(response, arguments)
                request = following
        raise permanent("http_too_many_redirects", f"It was redirected more than {arguments.redirects} times.")


def _client() -> httpx.AsyncClient:
    return httpx.AsyncClient(verify=_trust(), timeout=LONGEST_SECONDS, follow_redirects=False)


@functools.cache
def _trust() -> ssl.SSLContext:
    """Read once: it takes as long as many requests."""
    return httpx.create_ssl_context()


@asynccontextmanager
async def _answer(client: httpx.AsyncClient, request: httpx.Request) -> AsyncIterator[httpx.Response]:
    response = await client.send(request, stream=True)
    try:
        yield response
    finally:
        await response.aclose()


def _headers(arguments: HttpArguments) -> dict[str, str]:
    """Uncompressed by default, so that a small answer cannot become a huge one."""
    headers = {"accept-encoding": "identity", "user-agent": "interlock"}
    if "json_body" in arguments.model_fields_set:
        headers["content-type"] = "application/json"
    return headers | {name.lower(): value for name, value in arguments.headers.items()}


def _content(arguments: HttpArguments) -> bytes | None:
    if "json_body" in arguments.model_fields_set:
        return json.dumps(arguments.json_body, ensure_ascii=False).encode()
    return None if arguments.body is None else arguments.body.encode()


def _same_host(one: httpx.URL, other: httpx.URL) -> bool:
    """The same server; also when it moves from http to https on their usual ports."""
    if one.host != other.host:
        return False
    return (one.scheme, one.port) == (other.scheme, other.port) or (
        (one.scheme, one.port, other.scheme, other.port) == ("http", None, "https", None)
    )


async def _result(response: httpx.Response, arguments: HttpArguments) -> JSON:
    content, truncated = await _body(response, arguments.max_bytes)
    result: dict[str, Any] = {
        "status": response.status_code,
        "url": str(response.url),
        "headers": _kept_headers(response.headers),
        "truncated": truncated,
        **_shown(response, content, truncated),
    }
    _expect(response, arguments, result)
    return result


async def _body(response: httpx.Response, limit: int) -> tuple[bytes, bool]:
    content = b""
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > limit:
            return content[:limit], True
    return content, False


def _kept_headers(headers: httpx.Headers) -> dict[str, str]:
    kept: dict[str, str] = {}
    left = HEADERS_BYTES
    for name, value in headers.items():
        left -= len(name) + len(value)
        if name not in SECRET_HEADERS and left > 0:
            kept[name] = value
    return kept


def _shown(response: httpx.Response, content: bytes, truncated: bool) -> dict[str, Any]:
    """The body as `json` where it is that, else as `text`; as `base64` where it is no text."""
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not truncated and (kind == "application/json" or kind.endswith("+json")):
        try:
            value = storable(json.loads(content))
            if size_of(value) <= TEXT_BYTES:
                return {"json": value}
        except (ValueError, RecursionError):
            pass  # then it is shown as it came
    text = _text(content, response.charset_encoding or "utf-8", truncated)
    if text is None or "\0" in text:
        kept = content[: TEXT_BYTES * 3 // 4]
        return {"base64": b64encode(kept).decode(), "truncated": truncated or len(kept) < len(content)}
    text, cut = head(storable(text), TEXT_BYTES)
    return {"text": text, "truncated": truncated or cut}


def _text(content: bytes, encoding: str, truncated: bool) -> str | None:
    """None where it is no text. What was cut off may have been cut inside a character."""
    for missing in range(4 if truncated else 1):
        try:
            return content[: len(content) - missing].decode(encoding)
        except (UnicodeError, LookupError):
            continue
    return None


def _expect(response: httpx.Response, arguments: HttpArguments, result: dict[str, Any]) -> None:
    status = response.status_code
    if status in (arguments.expect_status or range(500)):
        return
    kind = FailureKind.TRANSIENT if status >= 500 or status in MAY_PASS else FailureKind.PERMANENT
    said = " ".join(str(result.get("text", "")).split())[:200]
    message = f"{response.url.host} answered {status} {response.reason_phrase}".rstrip()
    raise Failure(kind, "http_status", f"{message}: {said}" if said else f"{message}.", data={"status": status})


TOOL = Tool(
    name="http.request",
    description="Ask a web server. Gives status, headers and body; redirects are followed on the same host only.",
    arguments=HttpArguments,
    effect=Effect.EXTERNAL,
    effect_of_arguments=effect,
    run=run,
    needs_directory=False,
)
