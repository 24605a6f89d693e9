"""`/admin/queues/`: Flower's pages, passed on to staff and to nobody else.

Flower itself listens where only this process finds it, asks for a password that only this process knows, and is
read-only: what Celery runs is changed through jobs, where it is permitted and on record.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from config import flower_address

SENT_ON = ("Accept", "Accept-Encoding", "Accept-Language", "If-Modified-Since", "If-None-Match", "Range")
"""Neither cookies nor credentials: Flower learns nothing about who asks."""
HANDED_BACK = (
    "Content-Type",
    "Content-Length",
    "Content-Encoding",
    "Content-Range",
    "Cache-Control",
    "ETag",
    "Last-Modified",
    "Location",
    "Vary",
)
PATIENCE_SECONDS = 15


async def queues(request: HttpRequest, path: str = "") -> HttpResponseBase:
    """One of Flower's pages, streamed; a friendly page if Flower is not there."""
    user = await request.auser()
    if not user.is_authenticated:
        return _ask_to_sign_in(request)
    if not (user.is_active and user.is_staff):
        raise PermissionDenied
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    client = _client()
    try:
        answer = await client.send(_question(client, request, path), stream=True)
    except httpx.TransportError:
        await client.aclose()
        return render(request, "config/queues_unavailable.html", status=503)
    return _passed_on(client, answer)


def _ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    if request.method == "GET" and request.accepts("text/html"):
        return redirect_to_login(request.get_full_path())
    problem = {"title": "Who are you?", "status": 401, "code": "unauthenticated", "detail": "Sign in as staff first."}
    return JsonResponse(problem, status=401, content_type="application/problem+json")


def _client() -> httpx.AsyncClient:
    address = flower_address.address(settings.INTERLOCK)
    socket = address.removeprefix(flower_address.UNIX) if address.startswith(flower_address.UNIX) else None
    return httpx.AsyncClient(
        transport=httpx.AsyncHTTPTransport(uds=socket, verify=False),
        base_url="http://flower" if socket else f"http://{address}",
        timeout=PATIENCE_SECONDS,
        trust_env=False,
    )


def _question(client: httpx.AsyncClient, request: HttpRequest, path: str) -> httpx.Request:
    headers = {name: request.headers[name] for name in SENT_ON if name in request.headers}
    headers["Authorization"] = flower_address.authorization(settings.INTERLOCK)
    url = httpx.URL(path=f"/{flower_address.PREFIX}/{path}", query=request.META.get("QUERY_STRING", "").encode())
    return client.build_request(str(request.method), url, headers=headers)


def _passed_on(client: httpx.AsyncClient, answer: httpx.Response) -> StreamingHttpResponse:
    async def body() -> AsyncIterator[bytes]:
        try:
            async for chunk in answer.aiter_raw():
                yield chunk
        finally:
            await answer.aclose()
            await client.aclose()

    headers = {name: answer.headers[name] for name in HANDED_BACK if name in answer.headers}
    return StreamingHttpResponse(body(), status=answer.status_code, headers=headers)
