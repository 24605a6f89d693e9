"""/api/queue/pause/, resume/ and stop/: of a session, a project, a workspace, or everything."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response

from agents.actor import Actor
from agents.api.views import ApiView
from tasks import receipts
from tasks.api import bodies, queries
from tasks.api.cancellations import shape_of
from tasks.api.describing import operation
from tasks.api.job import Reason
from tasks.api.shapes import pausing as shapes
from tasks.operations import emergency, pausing
from tasks.operations.pausing import Asked, Scope

T = TypeVar("T")

TAG = "platform"
SCOPE = (
    "Name a `session` or a `project`, or nothing for the whole workspace (`workspace`, where you see several). A "
    "platform admin says `everything`: true for all workspaces."
)


class Of(Reason):
    workspace: str = Field(default="", max_length=63, description="Its slug.")
    project: str = Field(default="", max_length=63, description="Its slug.")
    session: str = Field(default="", max_length=200, description="Its name.")
    everything: bool = Field(default=False, description="All workspaces; for platform admins.")

    @property
    def asked(self) -> Asked:
        return Asked(self.workspace, self.project, self.session, self.everything)


class Stopping(Of):
    waiting: bool = Field(default=False, description="Cancel what waits, too. Else it waits on until it is resumed.")


class ScopeView(ApiView):
    def of(self, body: Of) -> Callable[[Callable[[Actor], T]], T]:
        """What runs work in the tenancy of the scope: the actor's own, or all workspaces, which is on record."""
        run = self.everywhere if body.everything else self.inside
        return lambda work: run(work, reason=body.reason)

    def change(self, request: Request, verb: Callable[[Scope, str], None]) -> Response:
        queries.read(request)
        body = bodies.read(request, Of)

        def work(actor: Actor) -> shapes.Paused:
            scope = Scope.find(actor, body.asked)
            verb(scope, body.reason)
            return _shape(scope)

        return Response(self.of(body)(work))


class Pause(ScopeView):
    @operation(
        "pauseQueue",
        "Start no more jobs of a session, project, workspace, or at all",
        tag=TAG,
        description=f"What runs goes on. {SCOPE}",
        body=Of,
        answers={200: shapes.Paused},
    )
    def post(self, request: Request) -> Response:
        return self.change(request, pausing.pause)


class Resume(ScopeView):
    @operation("resumeQueue", "Let it go on", tag=TAG, description=SCOPE, body=Of, answers={200: shapes.Paused})
    def post(self, request: Request) -> Response:
        return self.change(request, pausing.resume)


class Stop(ScopeView):
    @operation(
        "stopQueue",
        "Emergency stop: pause, and stop what runs",
        tag=TAG,
        description=f"Nothing more starts, and what runs is stopped, or killed after the grace. {SCOPE} The answer has "
        "one receipt for each workspace in which something was stopped.",
        body=Stopping,
        answers={200: shapes.Stopped},
    )
    def post(self, request: Request) -> Response:
        queries.read(request)
        body = bodies.read(request, Stopping)
        inside = self.of(body)
        scope, found = emergency.stop(inside, body.asked, body.reason, waiting=body.waiting)

        def work(actor: Actor) -> shapes.Stopped:
            counted = zip(found, receipts.counts(found), strict=True)
            kept = [shape_of(request, receipt, counts=counts) for receipt, counts in counted]
            return shapes.Stopped.model_construct(**dict(_shape(scope)), receipts=kept)

        return Response(inside(work))


def _shape(scope: Scope) -> shapes.Paused:
    return shapes.Paused.model_construct(
        scope=scope.kind,
        name=scope.name,
        workspace=scope.workspace.slug if scope.workspace else None,
        paused_at=scope.row.paused_at,
    )
