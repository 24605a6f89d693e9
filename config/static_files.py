"""Static files from their apps' folders, without a collecting step or a thread per waiting request."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest
from whitenoise.middleware import WhiteNoiseMiddleware


class StaticFiles(WhiteNoiseMiddleware):
    """WhiteNoise's own is synchronous only, so an async view behind it would hold a thread while it waits."""

    async_capable = True
    sync_capable = True

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        found = self.files.get(request.path_info)
        if found is None:
            return self.get_response(request)
        response = self.serve(found, request)
        return _later(response) if self._is_async else response


async def _later(response: Any) -> Any:
    if response.streaming:
        response.streaming_content = _blocks(response.streaming_content)
    return response


async def _blocks(content: Iterable[bytes]) -> AsyncIterator[bytes]:
    """The files are small and the system keeps them in memory: reading them here takes less than a thread would."""
    for block in content:
        yield block
