"""Static files from their apps' folders, without a collecting step or a thread per waiting request."""

from __future__ import annotations

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
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        found = self.files.get(request.path_info)
        return self.serve(found, request) if found is not None else self.get_response(request)
