"""/api/approvals/grants/: what sessions may do without being asked again."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from agents.actor import Actor
from agents.api.views import ApiView
from approvals.api import shapes
from tasks.api import bodies, paging, queries
from tasks.api.describing import operation
from tasks.api.job import Nothing
from tasks.api.job_filters import sessions_named
from tasks.api.shapes.job import SessionName
from tasks.execution import session_grants
from tasks.models import SessionGrant

TAG = "approvals"
LIMIT = queries.limit()
SESSION = queries.Parameter("session", "Grants of the session with this id or name.")


class Grants(ApiView):
    @operation(
        "listGrants",
        "List what sessions may do without being asked again",
        tag=TAG,
        query=(SESSION, queries.CURSOR, LIMIT),
        answers={200: shapes.GrantPage},
    )
    def get(self, request: Request) -> Response:
        asked = queries.read(request, SESSION, queries.CURSOR, LIMIT)

        def page(actor: Actor) -> shapes.GrantPage:
            rows = SessionGrant.objects.for_user(actor).select_related("session")
            if asked["session"]:
                rows = rows.filter(session__in=sessions_named(actor, asked["session"]))
            found, cursor = paging.part(rows, asked["cursor"], asked["limit"])
            results = [_shape(grant) for grant in found]
            return shapes.GrantPage.model_construct(results=results, next=paging.address(request, cursor))

        return Response(self.inside(page))


class Revoke(ApiView):
    @operation("revokeGrant", "Revoke a grant: the next call asks again", tag=TAG, answers={200: shapes.Grant})
    def post(self, request: Request, id: str) -> Response:
        queries.read(request)
        bodies.read(request, Nothing)

        def work(actor: Actor) -> shapes.Grant:
            return _shape(session_grants.revoke(actor, id))

        return Response(self.inside(work))


def _shape(grant: SessionGrant) -> shapes.Grant:
    return shapes.Grant.model_construct(
        id=grant.id,
        session=SessionName.model_construct(id=grant.session_id, name=grant.session.name),
        tool=grant.tool,
        rule=grant.rule or None,
        granted_by=grant.granted_by,
        granted_at=grant.created_at,
        expires_at=grant.expires_at,
        revoked_at=grant.revoked_at,
        revoked_by=grant.revoked_by or None,
    )
