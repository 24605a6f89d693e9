"""/api/tasks/move/ and override/: give waiting jobs another place."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response

from agents.actor import Actor
from agents.api.views import ApiView
from tasks import effects
from tasks.api import bodies, queries
from tasks.api.describing import operation
from tasks.api.job import Reason
from tasks.api.selecting import read_job_id
from tasks.api.shapes import move as shapes
from tasks.operations import move as verbs
from tasks.operations.move import End, Scope, Where

MOST = 500
IDS = Field(min_length=1, max_length=MOST, description="Ids of waiting jobs; they keep their order.")


class Move(Reason):
    ids: list[str] = IDS
    before: str = Field(default="", max_length=64, description="Right before this job.")
    after: str = Field(default="", max_length=64, description="Right after this job.")
    to: Literal["", "front", "back"] = Field(default="", description="To an end of the line of their priority.")
    scope: Literal["", "session", "queue"] = Field(
        default="",
        description="`session`: within their session. `queue`: pinned ahead of other sessions of the workspace; the "
        "`back` takes the pin away. Where nothing is said, it follows from the jobs that are named.",
    )
    dry_run: bool = Field(default=False, description="Change nothing; show what it would do to the waits.")

    @property
    def where(self) -> Where:
        return Where(
            before=read_job_id("before", self.before) if self.before else None,
            after=read_job_id("after", self.after) if self.after else None,
            to=End(self.to) if self.to else None,
            scope=Scope(self.scope) if self.scope else None,
        )


class Override(Reason):
    ids: list[str] = IDS


class MoveTasks(ApiView):
    @operation(
        "moveTasks",
        "Move waiting tasks within their session, or ahead of other sessions",
        tag="tasks",
        description="Among jobs of their own priority. What it would pass that it depends on answers 409 "
        "`passes_dependency`. The answer's `undo` takes the move back.",
        body=Move,
        answers={200: shapes.Moved},
    )
    def post(self, request: Request) -> Response:
        queries.read(request)
        body = bodies.read(request, Move)
        where, ids = body.where, [read_job_id("ids", said) for said in body.ids]

        def work(actor: Actor) -> shapes.Moved:
            plan = verbs.plan(actor, ids, where)
            if body.dry_run:
                return _shape(plan, effects=_effects(effects.of(plan)))
            return _shape(plan, undo=verbs.carry_out(actor, plan, body.reason).id, reason=body.reason)

        return Response(self.inside(work, reason=body.reason))


class OverrideTasks(ApiView):
    @operation(
        "overrideTasks",
        "Put waiting tasks before everything else",
        tag="tasks",
        description="For platform admins, with a `reason`, since it goes past the fair share of every workspace. Only "
        "pauses, caps and the workers hold them then. The answer's `undo` takes it back.",
        body=Override,
        answers={200: shapes.Moved},
    )
    def post(self, request: Request) -> Response:
        queries.read(request)
        body = bodies.read(request, Override)
        ids = [read_job_id("ids", said) for said in body.ids]

        def work(actor: Actor) -> shapes.Moved:
            change = verbs.override(actor, ids, body.reason)
            return shapes.Moved.model_construct(
                moved=len(change.jobs), jobs=change.jobs, undo=change.id, effects=None, reason=body.reason
            )

        return Response(self.everywhere(work, reason=body.reason))


def _shape(
    plan: verbs.Plan, *, undo: UUID | None = None, effects: shapes.Effects | None = None, reason: str = ""
) -> shapes.Moved:
    jobs = [job.id for job in plan.jobs]
    return shapes.Moved.model_construct(moved=len(jobs), jobs=jobs, undo=undo, effects=effects, reason=reason)


def _effects(found: effects.Effects) -> shapes.Effects:
    return shapes.Effects.model_construct(
        jobs=[
            shapes.MovedJob.model_construct(id=job.id, title=job.title, before=job.before, after=job.after)
            for job in found.jobs
        ],
        sessions=[
            shapes.SessionWait.model_construct(session=each.name, jobs=each.jobs, before=each.before, after=each.after)
            for each in found.sessions
        ],
    )
