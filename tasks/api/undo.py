"""/api/undo/: take back a change of priorities or places."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from agents.actor import Actor
from agents.api.views import ApiView
from agents.models import Workspace
from agents.tenancy import as_platform
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

        if not self.actor.platform_admin:
            return Response(self.inside(work))
        with as_platform(self.actor, path=request.get_full_path()) as actor:
            return Response(work(actor.as_admin_of(Workspace._default_manager.values_list("pk", flat=True))))
