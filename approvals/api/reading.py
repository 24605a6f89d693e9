"""/api/approvals/: what waits for a person, and what was decided."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from agents.actor import Actor
from agents.api.views import ApiView
from approvals import people
from approvals.api import shapes
from approvals.api.presenting import present
from approvals.models import ApprovalRequest, ApprovalState
from tasks.api import paging, queries
from tasks.api.describing import operation
from tasks.api.job_filters import sessions_named

TAG = "approvals"
LIMIT = queries.limit()
STATE = queries.words("state", "Requests in any of these states.", ApprovalState.values, "states")
SESSION = queries.Parameter("session", "Requests of jobs of the session with this id or name.")
JOB = queries.Parameter("job", "Requests of the job with this id.", queries.read_id)
TOOL = queries.Parameter("tool", "Requests to call this tool.")
FILTERS = (STATE, SESSION, JOB, TOOL, queries.WORKSPACE)


class Approvals(ApiView):
    @operation(
        "listApprovals",
        "List what waits for approval, or was decided, the newest first",
        tag=TAG,
        query=(*FILTERS, queries.CURSOR, LIMIT),
        answers={200: shapes.ApprovalPage},
    )
    def get(self, request: Request) -> Response:
        asked = queries.read(request, *FILTERS, queries.CURSOR, LIMIT)

        def page(actor: Actor) -> shapes.ApprovalPage:
            found, cursor = paging.part(_matching(actor, asked), asked["cursor"], asked["limit"])
            return shapes.ApprovalPage.model_construct(results=present(found), next=paging.address(request, cursor))

        return Response(self.inside(page))


class OneApproval(ApiView):
    @operation("getApproval", "Show a request for approval", tag=TAG, answers={200: shapes.Approval})
    def get(self, request: Request, id: str) -> Response:
        queries.read(request)
        return Response(self.inside(lambda actor: present([ApprovalRequest.objects.find(actor, id, "approval")])[0]))


class Count(ApiView):
    @operation("countApprovals", "Count what waits for approval", tag=TAG, answers={200: shapes.ApprovalCount})
    def get(self, request: Request) -> Response:
        queries.read(request)

        def work(actor: Actor) -> shapes.ApprovalCount:
            rows = ApprovalRequest.objects.for_user(actor).filter(state=ApprovalState.WAITING)
            waiting = list(rows.only("workspace_id", "approvers", "not_requester", "requester_person"))
            return shapes.ApprovalCount.model_construct(
                waiting=len(waiting), yours=len(people.decidable(actor, waiting))
            )

        return Response(self.inside(work))


def _matching(actor: Actor, asked: dict[str, Any]) -> QuerySet[ApprovalRequest]:
    rows: QuerySet[ApprovalRequest] = ApprovalRequest.objects.for_user(actor)
    if asked["state"]:
        rows = rows.filter(state__in=asked["state"])
    if asked["session"]:
        rows = rows.filter(job__session__in=sessions_named(actor, asked["session"]))
    if asked["job"]:
        rows = rows.filter(job_id=asked["job"])
    if asked["tool"]:
        rows = rows.filter(tool=asked["tool"])
    if asked["workspace"]:
        rows = rows.filter(workspace__slug=asked["workspace"])
    return rows
