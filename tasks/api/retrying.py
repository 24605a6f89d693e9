"""/api/tasks/retry/: queue again all that a filter selects."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from agents.actor import Actor
from agents.api.views import ApiView
from tasks.api import bodies, queries
from tasks.api.describing import operation
from tasks.api.selecting import Selection
from tasks.api.shapes import retried as shapes
from tasks.operations.retry import retry_many
from tasks.states import State


class RetryMany(ApiView):
    @operation(
        "retryTasks",
        "Retry every failed task that a filter selects",
        tag="tasks",
        description="Each goes through admission again, with all its attempts before it. Cancelled ones are retried "
        "where `state` or `ids` name them. One that cannot be retried stands in `refused` and keeps no other from it.",
        body=Selection,
        answers={200: shapes.Retried},
    )
    def post(self, request: Request) -> Response:
        queries.read(request)
        asked = bodies.read(request, Selection)

        def work(actor: Actor) -> shapes.Retried:
            jobs, ids = asked.matching(actor), asked.chosen_ids()
            if not (asked.state or ids):
                jobs = jobs.in_state(State.FAILED)
            done = retry_many(actor, jobs, ids=ids)
            refused = [
                shapes.RefusedJob.model_construct(id=each.job, code=each.code, detail=each.sentence)
                for each in done.refused
            ]
            return shapes.Retried.model_construct(retried=len(done.jobs), jobs=done.jobs, refused=refused)

        return Response(self.inside(work, reason=asked.reason))
