"""/api/events/: the one log, in its order, behind a cursor that misses nothing."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from agents.actor import Actor
from agents.api.views import ApiView
from tasks.api import paging, queries
from tasks.api.describing import operation
from tasks.api.shapes import event as shapes
from tasks.models import Event

KINDS = (
    *("TaskEnqueued", "TaskBlocked", "TaskUnblocked", "TaskStarted", "TaskProgress", "TaskSuspended", "TaskResumed"),
    *("TaskHandedBack", "TaskCompleted", "TaskFailed", "TaskDeadLettered", "TaskRetried", "TaskCancelRequested"),
    *("TaskCancelled", "TaskReordered", "PriorityChanged", "QueuePaused", "QueueResumed", "ApprovalRequested"),
    *("ApprovalDecided", "ToolCalled", "SettingsChanged", "RetentionRun", "WorkerStarted", "WorkerStopped"),
    *("LimitImposed", "LimitLifted", "MergePlanned", "MergeCompleted", "MergeRolledBack", "ConflictDetected"),
    *("AgentSpawned", "AgentTerminated", "ContextRevised"),
)
AFTER = queries.after("the number of the last event")
KIND = queries.words("kind", "Events of any of these kinds.", KINDS, "kinds")
LIMIT = queries.limit(100, 1000)


def shape_of(row: Event) -> shapes.Event:
    return shapes.Event.model_construct(
        id=row.id,
        seq=row.seq,
        kind=row.kind,
        workspace=row.workspace.slug if row.workspace else "",
        session=row.session_id,
        job=row.job_id,
        version=row.version,
        before=row.before or None,
        after=row.after or None,
        actor=row.actor,
        reason=row.reason,
        worker=row.worker or None,
        epoch=row.epoch,
        data=row.data,
        at=row.at,
    )


class Events(ApiView):
    @operation(
        "listEvents",
        "Read what happened",
        tag="events",
        query=(AFTER, KIND, queries.WORKSPACE, LIMIT),
        description="In order, behind `after`. Keep `next` and ask again with it: no event is missed or told twice.",
        answers={200: shapes.EventTail},
    )
    def get(self, request: Request) -> Response:
        asked = queries.read(request, AFTER, KIND, queries.WORKSPACE, LIMIT)

        def work(actor: Actor) -> shapes.EventTail:
            events = Event.objects.for_user(actor).after(asked["after"]).select_related("workspace")
            if asked["kind"]:
                events = events.filter(kind__in=asked["kind"])
            if asked["workspace"]:
                events = events.filter(workspace__slug=asked["workspace"])
            rows = list(events[: asked["limit"]])
            return shapes.EventTail.model_construct(
                results=[shape_of(row) for row in rows], next=paging.last(rows, "seq", asked["after"])
            )

        return Response(self.inside(work))
