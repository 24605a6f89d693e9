"""/api/undo/: take back a change of priorities or places."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from agents.actor import Actor
from agents.api.views import ApiView
from tasks.api import bodies, queries
from tasks.api.describing import operation
from tasks.api.job import Nothing
from tasks.api.shapes.priority import Undone
from tasks.operations.undo import undo


class Undo(ApiView):
    @operation(
        "undo",
        "Take a change of priorities or a move back",
        tag="tasks",
        description="Each job that still waits with what the change gave it gets what it had. A second time answers "
        "409 `undone_already`.",
        answers={200: Undone},
    )
    def post(self, request: Request, id: str) -> Response:
        queries.read(request)
        bodies.read(request, Nothing)

        def work(actor: Actor) -> Undone:
            change, count = undo(actor, id)
            return Undone.model_construct(id=change.id, undone_at=change.undone_at, jobs=count)

        return Response(self.everywhere(work))
