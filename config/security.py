"""What a browser may load on our pages: a middleware that sends the Content-Security-Policy."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

STRICT = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
INLINE_STYLES = STRICT | {"style-src": "'self' 'unsafe-inline'"}
INLINE_ALL = INLINE_STYLES | {"script-src": "'self' 'unsafe-inline'"}
RELAXED = {
    "/admin/queues": INLINE_ALL,  # Flower writes its pages with scripts inside them
    "/api/docs": INLINE_ALL,  # so does Swagger UI
}


def policy_for(path: str) -> str:
    """The policy's text for a page at `path`."""
    rules = next((rules for prefix, rules in RELAXED.items() if _is_under(path, prefix)), STRICT)
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _is_under(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(prefix + "/")


@sync_and_async_middleware
def content_security(
    get_response: Callable[[HttpRequest], Any],
) -> Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]:
    """Adds the policy to every answer that does not bring its own."""

    def protected(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response.headers.setdefault("Content-Security-Policy", policy_for(request.path_info))
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        return response

    if iscoroutinefunction(get_response):

        async def middleware(request: HttpRequest) -> HttpResponseBase:
            return protected(request, await get_response(request))

        return middleware
    return lambda request: protected(request, get_response(request))
