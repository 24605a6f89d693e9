"""A server that is asked over HTTP, within bounds of time and size.

Source: https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#streamable-http
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx2
from mcp.client.streamable_http import streamable_http_client

from agents.runtimes.failure import Failure
from agents.tools.mcp.server import Server

LARGEST_ANSWER = 4 * 1024 * 1024
"""Bytes of one answer, or of one event in a stream of them."""
LARGEST_STREAM = 64 * 1024 * 1024
CONNECT_SECONDS = 10.0


class HttpTransport:
    """A transport of the MCP library. Redirects are followed to the same origin only."""

    problem: Failure | None = None

    def __init__(self, server: Server) -> None:
        timeout = httpx2.Timeout(CONNECT_SECONDS, read=server.call_seconds)
        self._client = httpx2.AsyncClient(
            headers={"User-Agent": "interlock", **server.headers, "Accept-Encoding": "identity"},
            timeout=timeout,
            transport=_Bounded(),
        )
        self._streams = streamable_http_client(server.url, http_client=self._client, max_sse_event_size=LARGEST_ANSWER)

    async def __aenter__(self) -> Any:
        await self._client.__aenter__()
        return await self._streams.__aenter__()

    async def __aexit__(self, *raised: Any) -> bool | None:
        try:
            return await self._streams.__aexit__(*raised)
        finally:
            await self._client.__aexit__(None, None, None)


class _Bounded(httpx2.AsyncHTTPTransport):
    """Breaks an answer off that is larger than ours may be. A compressed one is not taken: little becomes much."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await super().handle_async_request(request)
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            await response.aclose()
            raise httpx2.ReadError("The answer is compressed, which was not asked for", request=request)
        streams = response.headers.get("content-type", "").startswith("text/event-stream")
        limit = LARGEST_STREAM if streams else LARGEST_ANSWER
        return httpx2.Response(
            response.status_code,
            headers=response.headers,
            stream=_BoundedStream(response.stream, limit, request),
            extensions=response.extensions,
        )


class _BoundedStream(httpx2.AsyncByteStream):
    def __init__(self, inner: Any, limit: int, request: httpx2.Request) -> None:
        self._inner = inner
        self._limit = limit
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = self._limit
        async for chunk in self._inner:
            left -= len(chunk)
            if left < 0:
                raise httpx2.ReadError("The answer is larger than is taken", request=self._request)
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()
