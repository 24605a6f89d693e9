"""What is on record of one job: what it printed, what happened to it, what it called, and what was asked."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from rest_framework.request import Request
from rest_framework.response import Response

from agents.actor import Actor
from agents.api.views import ApiView
from tasks.api import paging, queries
from tasks.api.bodies import YAML
from tasks.api.describing import operation
from tasks.api.events import shape_of
from tasks.api.shapes.event import EventTail
from tasks.api.shapes.job import Call, CallPage, LogLines, LogTail
from tasks.models import AgentJob, Event, LogChunk, ToolCall
from tasks.spec import document

LIMIT = queries.limit(200, 1000)
FORMAT = queries.Parameter(
    "format",
    "`json` or `yaml`; else what `Accept` prefers.",
    lambda said: _format(said),
    {"type": "string", "enum": ["json", "yaml"]},
)


def _format(said: str) -> str:
    if said not in ("json", "yaml"):
        raise ValueError("it is json or yaml")
    return said


def _find(actor: Actor, id: str) -> AgentJob:
    job: AgentJob = AgentJob.objects.find(actor, id, "job")
    return job


class Logs(ApiView):
    AFTER = queries.after("the id of the last lines")

    @operation("getTaskLogs", "Read what a task printed", tag="tasks", query=(AFTER, LIMIT), answers={200: LogTail})
    def get(self, request: Request, id: str) -> Response:
        asked = queries.read(request, self.AFTER, LIMIT)

        def work(actor: Actor) -> LogTail:
            job = _find(actor, id)
            chunks = LogChunk.objects.in_workspace(job.workspace_id).filter(job=job)
            rows = list(chunks.filter(pk__gt=asked["after"]).order_by("pk")[: asked["limit"]])
            lines = [
                LogLines.model_construct(id=row.id, stream=row.stream, text=row.text, at=row.at, attempt=row.attempt)
                for row in rows
            ]
            return LogTail.model_construct(results=lines, next=paging.last(rows, "id", asked["after"]))

        return Response(self.inside(work))


class Events(ApiView):
    AFTER = queries.after("the number of the last event")

    @operation(
        "getTaskEvents",
        "Read what happened to a task",
        tag="tasks",
        query=(AFTER, LIMIT),
        description="In its order. What has only just happened has no `seq` yet, and comes again with one behind "
        "`next`; its `id` stays the same.",
        answers={200: EventTail},
    )
    def get(self, request: Request, id: str) -> Response:
        asked = queries.read(request, self.AFTER, LIMIT)

        def work(actor: Actor) -> EventTail:
            job = _find(actor, id)
            behind = Q(seq__gt=asked["after"]) | Q(seq__isnull=True)
            events = Event.objects.in_workspace(job.workspace_id).filter(behind, job_id=job.id)
            rows = list(events.select_related("workspace").order_by("id")[: asked["limit"]])
            return EventTail.model_construct(
                results=[shape_of(row) for row in rows], next=paging.last(rows, "seq", asked["after"])
            )

        return Response(self.inside(work))


class Calls(ApiView):
    @operation("getTaskCalls", "Read which tools a task called", tag="tasks", answers={200: CallPage})
    def get(self, request: Request, id: str) -> Response:
        queries.read(request)

        def work(actor: Actor) -> CallPage:
            job = _find(actor, id)
            rows = ToolCall.objects.in_workspace(job.workspace_id).filter(job=job).order_by("attempt", "index")
            return CallPage.model_construct(results=[_call(row) for row in rows], next=None)

        return Response(self.inside(work))


class Spec(ApiView):
    @operation(
        "getTaskSpec",
        "Read a task's spec as it was accepted",
        tag="tasks",
        query=(FORMAT,),
        description="As JSON, or as YAML by `format=yaml` or `Accept: application/yaml`. Submitted again it makes "
        "such a task again.",
        answers={200: OpenApiTypes.OBJECT},
    )
    def get(self, request: Request, id: str) -> Any:
        asked = queries.read(request, FORMAT)
        stored = self.inside(lambda actor: _find(actor, id).spec)
        spec = {name: stored[name] for name in document.ORDER if name in stored}  # the database keeps no order
        preferred = "yaml" if request.headers.get("Accept", "").startswith(YAML) else "json"
        if (asked["format"] or preferred) == "yaml":
            return HttpResponse(document.as_yaml(spec), content_type=YAML)
        return Response(spec)


def _call(row: ToolCall) -> Call:
    return Call.model_construct(
        id=row.id,
        attempt=row.attempt,
        index=row.index,
        tool=row.tool,
        arguments=row.arguments,
        effect=row.effect,
        verdict=row.verdict,
        rule=row.rule or None,
        state=row.state,
        asks=row.asks,
        decided_by=row.decided_by or None,
        result=row.result,
        error=row.error or None,
        seconds=row.seconds,
        started_at=row.created_at,
        ended_at=row.ended_at,
    )
