"""/api/queue/export/: the queue's whole state as one document."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import IO

from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from rest_framework.request import Request

from agents.api.views import ApiView
from tasks import exporting
from tasks.api import queries
from tasks.api.describing import operation

CHUNK = 1 << 18


class Export(ApiView):
    @operation(
        "exportQueue",
        "Export the whole state of the queue",
        tag="platform",
        description="Your workspaces with their projects, sessions with open jobs, the workers online, and every job "
        "that is not over with its place, its fence and its dependencies; all of one moment. Results, logs and "
        "arguments are not in it.",
        answers={200: OpenApiTypes.OBJECT},
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        queries.read(request)
        document = self.inside(lambda actor: exporting.write())
        headers = {"Content-Disposition": 'attachment; filename="queue.json"'}
        return StreamingHttpResponse(_chunks(document), content_type="application/json", headers=headers)


async def _chunks(document: IO[bytes]) -> AsyncIterator[bytes]:
    try:
        while chunk := await sync_to_async(document.read)(CHUNK):
            yield chunk
    finally:
        document.close()
