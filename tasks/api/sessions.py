"""/api/sessions/: list, show, close, pause, resume."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Q, QuerySet
from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response

from agents.actor import Actor
from agents.api.views import ApiView
from agents.models import Session
from tasks import sessions
from tasks.api import bodies, paging, queries
from tasks.api.describing import operation
from tasks.api.job import Nothing, Reason
from tasks.api.shapes import session as shapes
from tasks.models import AgentJob

TAG = "sessions"
IS = queries.words("is", "Sessions that are any of these.", ("open", "closed", "paused"), "words")
NAME = queries.Parameter("name", "The session of this name.")
PROJECT = queries.Parameter("project", "Sessions of the project with this slug.")
LIMIT = queries.limit()
FILTERS = (IS, NAME, PROJECT, queries.WORKSPACE)
CONDITIONS = {"open": Q(closed_at=None), "closed": ~Q(closed_at=None), "paused": ~Q(paused_at=None)}


def shape_of(row: Session) -> shapes.Session:
    return shapes.Session.model_construct(
        id=row.id,
        name=row.name,
        workspace=row.workspace.slug,
        project=row.project.slug if row.project else None,
        weight=row.weight,
        max_running=row.max_running,
        created_at=row.created_at,
        paused_at=row.paused_at,
        closed_at=row.closed_at,
        opened_by=row.opened_by,
    )


def detail_of(actor: Actor, row: Session) -> shapes.SessionDetail:
    counts = AgentJob.objects.for_user(actor).filter(session=row).counts_by_state()
    return shapes.SessionDetail.model_construct(**dict(shape_of(row)), counts=counts)


class Sessions(ApiView):
    @operation(
        "listSessions",
        "List sessions, the newest first",
        tag=TAG,
        query=(*FILTERS, queries.CURSOR, LIMIT),
        answers={200: shapes.SessionPage},
    )
    def get(self, request: Request) -> Response:
        asked = queries.read(request, *FILTERS, queries.CURSOR, LIMIT)

        def page(actor: Actor) -> shapes.SessionPage:
            rows: QuerySet[Session] = Session.objects.for_user(actor).select_related("workspace", "project")
            for word in asked["is"]:
                rows = rows.filter(CONDITIONS[word])
            lookups = {"name": asked["name"], "project__slug": asked["project"], "workspace__slug": asked["workspace"]}
            rows = rows.filter(**{lookup: said for lookup, said in lookups.items() if said})
            found, cursor = paging.part(rows, asked["cursor"], asked["limit"])
            return shapes.SessionPage.model_construct(
                results=[shape_of(row) for row in found], next=paging.address(request, cursor)
            )

        return Response(self.inside(page))


class OneSession(ApiView):
    @operation(
        "getSession",
        "Show a session with its jobs by state",
        tag=TAG,
        answers={200: shapes.SessionDetail},
    )
    def get(self, request: Request, id: str) -> Response:
        queries.read(request)
        return Response(self.inside(lambda actor: detail_of(actor, Session.objects.find(actor, id, "session"))))


class Closing(Reason):
    mode: bodies.word(sessions.MODES) = Field(  # type: ignore[valid-type]
        default="drain", description="`drain`: what is there runs to its end. `cancel`: all of it is cancelled."
    )


class SessionVerb(ApiView):
    """What changes a session, and shows it."""

    def changed(self, verb: Callable[[Actor], Session], reason: str = "") -> Response:
        return Response(self.inside(lambda actor: detail_of(actor, verb(actor)), reason=reason))


class Close(SessionVerb):
    @operation(
        "closeSession",
        "Close a session",
        tag=TAG,
        description="It refuses submissions from now on.",
        body=Closing,
        answers={200: shapes.SessionDetail},
    )
    def post(self, request: Request, id: str) -> Response:
        queries.read(request)
        asked = bodies.read(request, Closing)
        return self.changed(lambda actor: sessions.close(actor, id, asked.mode, asked.reason), asked.reason)


class Pause(SessionVerb):
    @operation(
        "pauseSession",
        "Start no more jobs of a session",
        tag=TAG,
        description="What runs goes on.",
        body=Reason,
        answers={200: shapes.SessionDetail},
    )
    def post(self, request: Request, id: str) -> Response:
        queries.read(request)
        reason = bodies.read(request, Reason).reason
        return self.changed(lambda actor: sessions.pause(actor, id, reason), reason)


class Resume(SessionVerb):
    @operation("resumeSession", "Let a session go on", tag=TAG, answers={200: shapes.SessionDetail})
    def post(self, request: Request, id: str) -> Response:
        queries.read(request)
        bodies.read(request, Nothing)
        return self.changed(lambda actor: sessions.resume(actor, id))
