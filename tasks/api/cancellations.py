"""/api/tasks/cancel/ and /api/cancellations/: stop many jobs at once, and see what became of each."""

from __future__ import annotations

from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response

from agents.actor import Actor
from agents.api.views import ApiView
from tasks import receipts
from tasks.api import bodies, paging, queries
from tasks.api.describing import operation
from tasks.api.selecting import Selection
from tasks.api.shapes import cancellation as shapes
from tasks.models import AgentJob, Cancellation
from tasks.operations.cancel_many import cancel_many
from tasks.receipts import Became

TAG = "cancellations"
LIMIT = queries.limit()
OFFSET = queries.number("offset", "How many jobs to pass over.", 0, queries.MOST_SERIAL, 0)
OUTCOME = queries.words("outcome", "Only jobs that became any of these.", [word.value for word in Became], "outcomes")


class Cancelling(Selection):
    dry_run: bool = Field(default=False, description="Only tell what would be cancelled.")


class CancelMany(ApiView):
    @operation(
        "cancelTasks",
        "Cancel every open task that a filter selects",
        tag="tasks",
        description="Those that wait are cancelled at once, in one statement. Those that run are asked to stop, and "
        "killed after the grace. The answer is a receipt that fills up as they end. `dry_run` changes nothing.",
        body=Cancelling,
        answers={200: shapes.Cancellation},
    )
    def post(self, request: Request) -> Response:
        queries.read(request)
        asked = bodies.read(request, Cancelling)

        def work(actor: Actor) -> shapes.Cancellation:
            receipt = cancel_many(
                actor,
                asked.matching(actor),
                ids=asked.chosen_ids(),
                selection=asked.told(),
                reason=asked.reason,
                dry_run=asked.dry_run,
            )
            return shape_of(request, receipt, counts=receipts.counts([receipt])[0], dry_run=asked.dry_run)

        return Response(self.inside(work, reason=asked.reason))


class Cancellations(ApiView):
    @operation(
        "listCancellations",
        "List receipts, the newest first",
        tag=TAG,
        query=(queries.WORKSPACE, queries.CURSOR, LIMIT),
        answers={200: shapes.CancellationPage},
    )
    def get(self, request: Request) -> Response:
        asked = queries.read(request, queries.WORKSPACE, queries.CURSOR, LIMIT)

        def page(actor: Actor) -> shapes.CancellationPage:
            rows = Cancellation.objects.for_user(actor).select_related("workspace")
            if asked["workspace"]:
                rows = rows.filter(workspace__slug=asked["workspace"])
            found, cursor = paging.part(rows, asked["cursor"], asked["limit"])
            results = [
                shape_of(request, row, counts=counts) for row, counts in zip(found, receipts.counts(found), strict=True)
            ]
            return shapes.CancellationPage.model_construct(results=results, next=paging.address(request, cursor))

        return Response(self.inside(page))


class OneCancellation(ApiView):
    @operation(
        "getCancellation", "Show what became of the jobs of a receipt", tag=TAG, answers={200: shapes.Cancellation}
    )
    def get(self, request: Request, id: str) -> Response:
        queries.read(request)

        def work(actor: Actor) -> shapes.Cancellation:
            row = Cancellation.objects.find(actor, id, "cancellation")
            return shape_of(request, row, counts=receipts.counts([row])[0])

        return Response(self.inside(work))


class JobsOfIt(ApiView):
    @operation(
        "listJobsOfCancellation",
        "List the jobs of a receipt and what became of each",
        tag=TAG,
        query=(OUTCOME, OFFSET, LIMIT),
        answers={200: shapes.JobOfCancellationPage},
    )
    def get(self, request: Request, id: str) -> Response:
        asked = queries.read(request, OUTCOME, OFFSET, LIMIT)

        def work(actor: Actor) -> shapes.JobOfCancellationPage:
            found = receipts.jobs_of(Cancellation.objects.find(actor, id, "cancellation"))
            if asked["outcome"]:
                found = [job for job in found if job.became in asked["outcome"]]
            end = asked["offset"] + asked["limit"]
            part = found[asked["offset"] : end]
            rows = AgentJob.objects.for_user(actor).in_bulk([job.id for job in part])
            results = [
                shapes.JobOfCancellation.model_construct(
                    id=job.id, title=rows[job.id].title, state=rows[job.id].state, outcome=job.became.value
                )
                for job in part
                if job.id in rows
            ]
            address = paging.address(request, end if end < len(found) else None, "offset")
            return shapes.JobOfCancellationPage.model_construct(results=results, next=address)

        return Response(self.inside(work))


def shape_of(
    request: Request, receipt: Cancellation, *, counts: dict[str, int], dry_run: bool = False
) -> shapes.Cancellation:
    return shapes.Cancellation.model_construct(
        id=None if dry_run else receipt.id,
        workspace=receipt.workspace.slug,
        created_at=None if dry_run else receipt.created_at,
        asked_by=receipt.asked_by,
        reason=receipt.reason,
        selection=receipt.selection,
        total=receipt.total,
        counts=counts,
        done=not dry_run and not counts[Became.STOPPING],
        jobs=None if dry_run else request.build_absolute_uri(f"/api/cancellations/{receipt.id}/jobs/"),
    )
