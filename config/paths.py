"""Every path works with and without its last slash, for every method; a redirect would lose the body."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import is_valid_path
from django.utils.decorators import sync_and_async_middleware


def other_spelling(path: str) -> str:
    return path[:-1] if path.endswith("/") else f"{path}/"


def settle(request: HttpRequest) -> None:
    """Point the request at the spelling of its path that the URLs know, if they know only the other one."""
    urls = getattr(request, "urlconf", None)
    path = request.path_info
    if is_valid_path(path, urls) or not is_valid_path(other_spelling(path), urls):
        return
    request.path_info = other_spelling(path)
    request.path = other_spelling(request.path)


@sync_and_async_middleware
def either_slash(
    get_response: Callable[[HttpRequest], Any],
) -> Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]:
    """Middleware over `settle`."""
    if iscoroutinefunction(get_response):

        async def middleware(request: HttpRequest) -> HttpResponseBase:
            settle(request)
            return await get_response(request)

        return middleware

    def sync_middleware(request: HttpRequest) -> HttpResponseBase:
        settle(request)
        return get_response(request)

    return sync_middleware
