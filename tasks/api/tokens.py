"""/api/tokens/: made, listed and revoked by the admins of a workspace."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response

from agents import tokens
from agents.actor import Actor
from agents.api.views import ApiView
from agents.errors import InvalidInput, NotAllowed, NotFound
from agents.models import ApiToken, Workspace
from agents.roles import Role
from tasks.api import bodies, queries
from tasks.api.describing import operation
from tasks.api.shapes import platform as shapes
from tasks.spec.fields import Duration, Line

TAG = "tokens"
MOST = 1000


class TokenRequest(bodies.Body):
    """What a new token shall be."""

    name: Line = Field(max_length=100, description="What it is for; shown wherever it acts.", examples=["ci"])
    role: bodies.word(Role.values) = Field(description="What it may do.", examples=["operator"])  # type: ignore[valid-type]
    workspace: str | None = Field(
        default=None, description="The workspace's slug; only needed by admins of several.", examples=["default"]
    )
    expires_in: Duration | None = Field(
        default=None, description="How long it is good for; null: until it is revoked.", examples=["30d"]
    )


def shape_of(row: ApiToken, workspace: Workspace) -> shapes.Token:
    return shapes.Token.model_construct(
        id=row.token_key,
        name=row.name,
        workspace=workspace.slug,
        role=row.role,
        owner=row.user.get_username(),
        created_at=row.created,
        expires_at=row.expiry,
        revoked_at=row.revoked_at,
    )


def administered(actor: Actor, what: str = "Tokens") -> dict[UUID, Workspace]:
    """The workspaces whose tokens the actor may see and make. Raises NotAllowed where there are none."""
    ids = [id for id in actor.workspaces if actor.may(Role.ADMIN, id)]
    if not ids:
        raise NotAllowed(f"{what} are for admins of a workspace; {actor.label} is none.")
    return {each.id: each for each in Workspace.objects.for_user(actor).filter(pk__in=ids)}


class Tokens(ApiView):
    @operation("listTokens", "List tokens, the newest first", tag=TAG, answers={200: shapes.TokenPage})
    def get(self, request: Request) -> Response:
        queries.read(request)

        def work(actor: Actor) -> shapes.TokenPage:
            workspaces = administered(actor)
            rows = ApiToken.objects.filter(workspace__in=workspaces).select_related("user").order_by("-created")
            found = [shape_of(row, workspaces[row.workspace_id]) for row in rows[:MOST]]
            return shapes.TokenPage.model_construct(results=found, next=None)

        return Response(self.inside(work))

    @operation(
        "createToken",
        "Make a token",
        tag=TAG,
        description="For admins of the workspace. `token` is shown this once and kept nowhere.",
        body=TokenRequest,
        answers={201: shapes.NewToken},
    )
    def post(self, request: Request) -> Response:
        queries.read(request)
        asked = bodies.read(request, TokenRequest)

        def work(actor: Actor) -> shapes.NewToken:
            workspace = chosen(actor, asked.workspace)
            actor.require(Role.ADMIN, workspace.id, "make tokens")
            owner = request.user if actor.kind == "user" else None
            made, text = tokens.create(workspace, Role(asked.role), asked.name, user=owner, expires_in=asked.expires_in)
            return shapes.NewToken.model_construct(**dict(shape_of(made, workspace)), token=text)

        return Response(self.inside(work), status=201)


def chosen(actor: Actor, slug: str | None, what: str = "Tokens") -> Workspace:
    """The workspace of that slug, or the only one that the actor administers."""
    workspaces = Workspace.objects.for_user(actor)
    if slug is not None:
        found = workspaces.filter(slug=slug).first()
        if found is None:
            raise NotFound(f"There is no workspace {slug!r} for {actor.label}.")
        return found
    choices = list(administered(actor, what).values())
    if len(choices) > 1:
        raise InvalidInput("You are admin of several workspaces; name one as `workspace`.")
    return choices[0]


class OneToken(ApiView):
    @operation(
        "revokeToken",
        "Revoke a token",
        tag=TAG,
        description="It is refused from now on; its record stays.",
        answers={200: shapes.Token},
    )
    def delete(self, request: Request, id: str) -> Response:
        queries.read(request)

        def work(actor: Actor) -> shapes.Token:
            workspaces = administered(actor)
            rows = ApiToken.objects.filter(workspace__in=workspaces).select_related("user")
            found = rows.filter(token_key=id).first() if id.isascii() and id.isprintable() else None
            if found is None:
                raise NotFound(f"There is no token {id[:64]!r}.")
            tokens.revoke(found)
            found.refresh_from_db()
            return shape_of(found, workspaces[found.workspace_id])

        return Response(self.inside(work))
