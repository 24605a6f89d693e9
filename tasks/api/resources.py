"""/api/resources/: what machines do, now and over time, and what is limited because of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from agents.api.views import ApiView
from agents.errors import InvalidInput, NotFound
from tasks import resources
from tasks.api import queries
from tasks.api.describing import operation
from tasks.api.shapes import resources as shapes
from tasks.dispatcher.pressure import maxima_now
from tasks.models import Leader, Worker
from tasks.places import now
from tasks.resources import Span
from tasks.scheduling.values import LEVELS

SINCE = queries.moment("since", "From this time on; an hour before `until` where nothing is said.")
UNTIL = queries.moment("until", "Up to this time; now where nothing is said.")
WORKER = queries.Parameter("worker", "Only this worker's machine, by its id.")
STEP = queries.number("step", "Seconds of which each look is the mean; longer where there were too many.", 5, 86_400, 5)
LONGEST = timedelta(days=31)


class Resources(ApiView):
    @operation(
        "getResources",
        "See what machines do, now and over time",
        tag="platform",
        description="Processor, memory, disk, network and connections of each worker's machine, and how deep the queue "
        "was; what is limited now, and why. What single jobs use stands in their `usage`.",
        query=(SINCE, UNTIL, WORKER, STEP),
        answers={200: shapes.Resources},
    )
    def get(self, request: Request) -> Response:
        asked = queries.read(request, SINCE, UNTIL, WORKER, STEP)

        def work(actor: object) -> shapes.Resources:
            until = asked["until"] or now()
            since = asked["since"] or until - timedelta(hours=1)
            if not since < until:
                raise InvalidInput("since: it must be before `until`.")
            if until - since > LONGEST:
                raise InvalidInput(f"since: at most {LONGEST.days} days before `until`.")
            return _shape(Span.over(since, until, asked["step"]), asked["worker"] or "")

        return Response(self.inside(work))


def _shape(span: Span, worker: str) -> shapes.Resources:
    found = resources.looks(span, worker)
    workers = {row.id: row for row in Worker.objects.filter(pk__in=[*found, worker])}
    if worker and worker not in workers:
        raise NotFound(f"There is no worker {worker[:64]!r}; `/api/workers/` lists them.")
    leader = Leader.objects.filter(name="dispatcher").first()
    levels = leader.open_levels if leader else LEVELS
    return shapes.Resources.model_construct(
        since=span.since,
        until=span.until,
        step_seconds=span.step,
        maxima=shapes.Maxima.model_construct(**vars(maxima_now())),
        closed_priorities=[f"P{level}" for level in range(levels, LEVELS)],
        limited_by=leader.limited_by if leader else "",
        machines=[_machine(id, workers.get(id), looks) for id, looks in found.items()],
    )


def _machine(id: str, row: Worker | None, looks: list[dict[str, Any]]) -> shapes.MachineOf:
    return shapes.MachineOf.model_construct(
        worker=id or None,
        name=row.name if row else id or "the queue",
        slots=row.slots if row else None,
        slot_limit=row.slot_limit if row else None,
        limited_by=row.limited_by if row else "",
        looks=[shapes.Look.model_construct(**look) for look in looks],
    )
