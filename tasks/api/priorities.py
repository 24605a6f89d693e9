"""/api/tasks/…/priority/: give waiting jobs another priority."""

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
from tasks.api.job import Reason
from tasks.api.selecting import Selection
from tasks.api.shapes import priority as shapes
from tasks.models import QueueChange
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


def _priority(said: Any, field: str) -> Priority:
    try:
        return parse_priority(said)
    except ValueError as error:
        raise InvalidInput(f"{field}: {str(said)[:40]!r} is no priority; {error}.") from None


def _shape(change: QueueChange) -> shapes.Changed:
    return shapes.Changed.model_construct(
        undo=change.id,
        priority=Priority(change.priority or 0).label,
        changed=len(change.jobs),
        jobs=change.jobs,
        reason=change.reason,
    )
