"""/api/workers/, /api/queue/, /api/me/ and /api/spec-schema/: what there is, how full it is, and who asks."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from django.db import connection
from django.db.models import Count, Min
from django.db.models.functions import Now
from drf_spectacular.types import OpenApiTypes
from rest_framework.request import Request
from rest_framework.response import Response

from agents.actor import Actor as Who
from agents.api.views import ApiView
from agents.errors import NotFound
from agents.models import Workspace
from tasks import backpressure
from tasks.api import queries
from tasks.api.describing import operation
from tasks.api.shapes import platform as shapes
from tasks.api.shapes.base import Actor
from tasks.estimates import coverage
from tasks.models import AgentJob, Leader, PlatformState, Worker
from tasks.places import now
from tasks.spec.priorities import Priority
from tasks.spec.schema import json_schema
from tasks.states import OPEN, State

TAG = "platform"
ALL = queries.words("all", "`true` shows workers that are gone, too.", ("true", "false"), "words")
MOST_WORKERS = 1000


def slots_taken() -> dict[str, int]:
    """How many slots of each worker are taken, whoever's jobs they are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT worker, taken FROM tasks_slots_taken()")
        return dict(cursor.fetchall())


class Workers(ApiView):
    @operation("listWorkers", "List workers", tag=TAG, query=(ALL,), answers={200: shapes.WorkerPage})
    def get(self, request: Request) -> Response:
        asked = queries.read(request, ALL)

        def work(actor: Who) -> shapes.WorkerPage:
            at, taken = now(), slots_taken()
            found = Worker.objects.order_by("-lease_until", "name")
            if "true" not in asked["all"]:
                found = found.filter(stopped_at=None, lease_until__gt=Now())
            rows = [_worker(row, at, taken, actor.platform_admin) for row in found[:MOST_WORKERS]]
            return shapes.WorkerPage.model_construct(results=rows, next=None)

        return Response(self.inside(work))


def _worker(row: Worker, at: datetime, taken: dict[str, int], with_host: bool) -> shapes.Worker:
    return shapes.Worker.model_construct(
        id=row.id,
        name=row.name,
        state=_state(row, at),
        slots=row.slots,
        used=taken.get(row.id, 0),
        slot_limit=row.slot_limit,
        limited_by=row.limited_by,
        capabilities=row.capabilities,
        memory_mb=row.memory_mb,
        host=row.host if with_host else None,
        pid=row.pid if with_host else None,
        started_at=row.started_at,
        heartbeat_at=row.heartbeat_at,
        stopped_at=row.stopped_at,
    )


def _state(row: Worker, at: datetime) -> str:
    if row.stopped_at is not None:
        return "stopped"
    if row.lease_until <= at:
        return "lost"
    return "draining" if row.stopping_at is not None else "online"


class Queue(ApiView):
    @operation(
        "getQueue", "See how full the queue is", tag=TAG, query=(queries.WORKSPACE,), answers={200: shapes.Queue}
    )
    def get(self, request: Request) -> Response:
        asked = queries.read(request, queries.WORKSPACE)
        return Response(self.inside(lambda actor: _queue(actor, asked["workspace"])))


def _queue(actor: Who, slug: str | None) -> shapes.Queue:
    workspaces = Workspace.objects.for_user(actor)
    if slug:
        workspaces = workspaces.filter(slug=slug)
        if not workspaces:
            raise NotFound(f"There is no workspace {slug!r} for {actor.label}.")
    jobs = AgentJob.objects.for_user(actor).filter(workspace__in=list(workspaces)).order_by()
    states = dict(jobs.open().values_list("state").annotate(n=Count("pk")))
    queued = jobs.in_state(State.QUEUED)
    priorities = dict(queued.values_list("priority").annotate(n=Count("pk")))
    oldest = queued.aggregate(at=Min("queued_at"))["at"]
    online = list(Worker.objects.filter(stopped_at=None, lease_until__gt=Now()))
    taken = slots_taken()
    used, total = sum(taken.get(worker.id, 0) for worker in online), sum(worker.slots for worker in online)
    return shapes.Queue.model_construct(
        workspaces=[each.slug for each in workspaces],
        states={state.value: states.get(state, 0) for state in State if state in OPEN},
        queued_by_priority={each.label: priorities.get(each.value, 0) for each in Priority},
        oldest_queued_seconds=(now() - oldest).total_seconds() if oldest else None,
        slots=shapes.Slots.model_construct(total=total, used=used, free=max(0, total - used)),
        workers_online=len(online),
        dispatcher=Leader.objects.filter(until__gt=Now()).exists(),
        everything_paused=PlatformState.objects.exclude(paused_at=None).exists(),
        paused=[each.slug for each in workspaces if each.paused_at is not None],
        pressure=[_pressure(each) for each in workspaces],
        estimates=shapes.Coverage.model_construct(**asdict(coverage([each.id for each in workspaces]))),
    )


def _pressure(workspace: Workspace) -> shapes.Pressure:
    soft, hard = backpressure.limits_of(workspace)
    return shapes.Pressure.model_construct(workspace=workspace.slug, warns_above=soft, refuses_above=hard)


class Me(ApiView):
    @operation("getMe", "See who you are", tag=TAG, answers={200: shapes.Me})
    def get(self, request: Request) -> Response:
        queries.read(request)

        def work(actor: Who) -> shapes.Me:
            memberships = [
                shapes.Membership.model_construct(
                    id=each.id, slug=each.slug, name=each.name, role=actor.roles[each.id].value
                )
                for each in Workspace.objects.for_user(actor)
            ]
            who = Actor.model_construct(kind=actor.kind, label=actor.label)
            return shapes.Me.model_construct(actor=who, platform_admin=actor.platform_admin, workspaces=memberships)

        return Response(self.inside(work))


class SpecSchema(ApiView):
    """Open to all: it says how to write a task, and nothing of anybody's."""

    authentication_classes = []
    permission_classes = []

    @operation("getSpecSchema", "The JSON Schema of a task spec", tag=TAG, answers={200: OpenApiTypes.OBJECT})
    def get(self, request: Request) -> Response:
        queries.read(request)
        return Response(json_schema(), content_type="application/schema+json")
