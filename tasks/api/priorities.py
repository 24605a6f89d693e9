"""/api/tasks/…/priority/ and /api/undo/: give waiting jobs another priority, and take it back."""

from __future__ import annotations

from typing import Any

from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response

from agents.actor import Actor
from agents.api.views import ApiView
from agents.errors import InvalidInput
from tasks.api import bodies, queries
from tasks.api.describing import operation
from tasks.api.job import Nothing, Reason
from tasks.api.selecting import Selection
from tasks.api.shapes import priority as shapes
from tasks.models import PriorityChange
from tasks.operations import priority as verbs
from tasks.spec.priorities import Priority, parse_priority

TAG = "tasks"
SAID = Field(description="P0 to P4, a name such as `high`, or a number from 1 to 5.", examples=["P0"])


class To(Reason):
    priority: str | int = SAID


class ManyTo(Selection):
    to: str | int = SAID


class One(ApiView):
    @operation(
        "changePriority",
        "Change the priority of a waiting task",
        tag=TAG,
        description="With a reason, which its event carries. The answer's `undo` takes it back.",
        body=To,
        answers={200: shapes.Changed},
    )
    def post(self, request: Request, id: str) -> Response:
        queries.read(request)
        body = bodies.read(request, To)
        to = _priority(body.priority, "priority")
        return Response(
            self.inside(
                lambda actor: _shape(verbs.change_priority(actor, id, to, body.reason)),
                reason=body.reason,
            )
        )


class Many(ApiView):
    @operation(
        "changePriorities",
        "Change the priority of every waiting task that a filter selects",
        tag=TAG,
        description="All in one statement; what runs or is over stays as it is.",
        body=ManyTo,
        answers={200: shapes.Changed},
    )
    def post(self, request: Request) -> Response:
        queries.read(request)
        body = bodies.read(request, ManyTo)
        to = _priority(body.to, "to")

        def work(actor: Actor) -> shapes.Changed:
            jobs, ids = body.matching(actor), body.chosen_ids()
            return _shape(verbs.change_priorities(actor, jobs, to, ids=ids, reason=body.reason))

        return Response(self.inside(work, reason=body.reason))


class Undo(ApiView):
    @operation(
        "undo",
        "Take a change of priorities back",
        tag=TAG,
        description="Each job that still waits with what the change gave it gets what it had. A second time answers "
        "409 `undone_already`.",
        answers={200: shapes.Undone},
    )
    def post(self, request: Request, id: str) -> Response:
        queries.read(request)
        bodies.read(request, Nothing)

        def work(actor: Actor) -> shapes.Undone:
            change, count = verbs.undo(actor, id)
            return shapes.Undone.model_construct(id=change.id, undone_at=change.undone_at, jobs=count)

        return Response(self.inside(work))


def _priority(said: Any, field: str) -> Priority:
    try:
        return parse_priority(said)
    except ValueError as error:
        raise InvalidInput(f"{field}: {str(said)[:40]!r} is no priority; {error}.") from None


def _shape(change: PriorityChange) -> shapes.Changed:
    return shapes.Changed.model_construct(
        undo=change.id,
        priority=Priority(change.priority).label,
        changed=len(change.jobs),
        jobs=change.jobs,
        reason=change.reason,
    )
