"""One job: show, cancel, retry."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema_view
from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response

from agents.actor import Actor
from agents.api.views import ApiView
from tasks.api import bodies, queries, waiting
from tasks.api.describing import operation
from tasks.api.presenting import present, present_one
from tasks.api.shapes.job import CancelledJob, Job, ReplayedCall, RetriedJob
from tasks.models import AgentJob
from tasks.operations import cancel, replaying, retry

TASK, AGENT_JOB = "tasks", "agent jobs"
STOPS = (
    "A job that waits is cancelled at once, `outcome` is `never_started`. One that runs is asked to stop, `outcome` is "
    "`stopping`: its process group ends at once, or is killed after the grace, and then it is `cancelled`. One that is "
    "over answers 409 `already_over`."
)


class Reason(bodies.Body):
    reason: str = Field(default="", max_length=500, description="Why; events and pages show it.")


class JobView(ApiView):
    """One job of any type; its record stays, whatever becomes of it."""

    def get(self, request: Request, id: str) -> Response:
        asked = queries.read(request, waiting.WAIT)
        job = self.inside(lambda actor: present_one(AgentJob.objects.find(actor, id, "job")))
        return waiting.answer(self.actor, job, asked["wait"])


@extend_schema_view(
    get=operation("getTask", "Show a task", tag=TASK, query=(waiting.WAIT,), answers={200: Job}),
)
class Task(JobView):
    pass


def cancelled(view: ApiView, id: str, reason: str) -> Response:
    def work(actor: Actor) -> CancelledJob:
        done = cancel.cancel(actor, id, reason)
        return CancelledJob.model_construct(**dict(present([done.job], explained=False)[0]), outcome=done.outcome)

    return Response(view.inside(work, reason=reason))


class Cancel(ApiView):
    @operation("cancelTask", "Cancel a task", tag=TASK, description=STOPS, body=Reason, answers={200: CancelledJob})
    def post(self, request: Request, id: str) -> Response:
        queries.read(request)
        return cancelled(self, id, bodies.read(request, Reason).reason)


@extend_schema_view(
    get=operation("getAgentJob", "Show a job", tag=AGENT_JOB, query=(waiting.WAIT,), answers={200: Job}),
    delete=operation(
        "cancelAgentJob",
        "Cancel a job and keep its record",
        tag=AGENT_JOB,
        description=STOPS,
        answers={200: CancelledJob},
    ),
)
class OneAgentJob(JobView):
    def delete(self, request: Request, id: str) -> Response:
        queries.read(request)
        return cancelled(self, id, bodies.read(request, Reason).reason)


class Nothing(bodies.Body):
    """No fields."""


class Retrying(bodies.Body):
    dry_run: bool = Field(default=False, description="Only tell what would become of the calls on record.")


class Retry(ApiView):
    @operation(
        "retryTask",
        "Retry a failed or cancelled task",
        tag=TASK,
        description="It goes through admission again, with all its attempts before it. `replay` tells of each call on "
        "record whether its result is reused, or it is repeated or asked about; `dry_run` tells only that. Any other "
        "answers 409 `not_retriable`.",
        body=Retrying,
        answers={200: RetriedJob},
    )
    def post(self, request: Request, id: str) -> Response:
        queries.read(request)
        asked = bodies.read(request, Retrying)

        def work(actor: Actor) -> RetriedJob:
            job = retry.retriable(actor, id)
            replay = [ReplayedCall.model_construct(**vars(each)) for each in replaying.foresee(job)]
            if not asked.dry_run:
                job = retry.retry(actor, id)
            return RetriedJob.model_construct(**dict(present([job], explained=False)[0]), replay=replay)

        return Response(self.inside(work))
