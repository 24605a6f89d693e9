"""/api/provider-keys/: added, listed and revoked by the admins of a workspace. What was added is shown to nobody."""

from __future__ import annotations

from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response

from agents import provider_keys
from agents.actor import Actor
from agents.api.views import ApiView
from agents.models import ProviderKey, Workspace
from agents.runtimes.llm.names import PROVIDERS
from tasks.api import bodies, queries
from tasks.api.administering import administered, chosen
from tasks.api.describing import operation
from tasks.api.shapes import provider_keys as shapes
from tasks.spec.fields import Line

TAG = "provider keys"
MOST = 1000


class ProviderKeyRequest(bodies.Body):
    """A key that a workspace brings."""

    provider: bodies.word(PROVIDERS) = Field(description="Whose key it is.", examples=["anthropic"])  # type: ignore[valid-type]
    key: str = Field(
        max_length=provider_keys.LONGEST_KEY,
        description="The key itself; no answer shows it again. Empty for a server of one's own that takes none.",
        json_schema_extra={"writeOnly": True},
    )
    name: Line | None = Field(
        default=None, max_length=60, description="What tasks call it; the provider's name if not given."
    )
    base_url: str = Field(
        default="",
        max_length=500,
        description="Where the provider is; needed for openai-compatible.",
        examples=["http://localhost:11434/v1"],
    )
    workspace: str | None = Field(
        default=None, description="The workspace's slug; only needed by admins of several.", examples=["default"]
    )
    replace: bool = Field(default=False, description="Revoke the one that has the name now.")


def shape_of(row: ProviderKey, workspace: Workspace) -> shapes.ProviderKey:
    return shapes.ProviderKey.model_construct(
        id=row.id,
        provider=row.provider,
        name=row.name,
        base_url=row.base_url,
        last4=row.last4,
        workspace=workspace.slug,
        created_by=row.created_by,
        created_at=row.created_at,
        revoked_at=row.revoked_at,
    )


class ProviderKeys(ApiView):
    @operation(
        "listProviderKeys", "List provider keys, the newest first", tag=TAG, answers={200: shapes.ProviderKeyPage}
    )
    def get(self, request: Request) -> Response:
        queries.read(request)

        def work(actor: Actor) -> shapes.ProviderKeyPage:
            workspaces = administered(actor, "Provider keys")
            rows = ProviderKey.objects.for_user(actor).filter(workspace__in=workspaces).defer("ciphertext")
            found = [shape_of(row, workspaces[row.workspace_id]) for row in rows[:MOST]]
            return shapes.ProviderKeyPage.model_construct(results=found, next=None)

        return Response(self.inside(work))

    @operation(
        "addProviderKey",
        "Add a provider key",
        tag=TAG,
        description="For admins of the workspace. It is encrypted at once; only its last four characters are shown.",
        body=ProviderKeyRequest,
        answers={201: shapes.ProviderKey},
    )
    def post(self, request: Request) -> Response:
        queries.read(request)
        asked = bodies.read(request, ProviderKeyRequest)

        def work(actor: Actor) -> shapes.ProviderKey:
            workspace = chosen(actor, asked.workspace, "Provider keys")
            made = provider_keys.add(
                actor,
                workspace,
                asked.provider,
                asked.key,
                name=asked.name or "",
                base_url=asked.base_url,
                replace=asked.replace,
            )
            return shape_of(made, workspace)

        return Response(self.inside(work), status=201)


class OneProviderKey(ApiView):
    @operation(
        "revokeProviderKey",
        "Revoke a provider key",
        tag=TAG,
        description="No attempt gets it from now on; its record stays.",
        answers={200: shapes.ProviderKey},
    )
    def delete(self, request: Request, id: str) -> Response:
        queries.read(request)

        def work(actor: Actor) -> shapes.ProviderKey:
            workspaces = administered(actor, "Provider keys")
            row: ProviderKey = ProviderKey.objects.for_user(actor).find(actor, id, "provider key")
            provider_keys.revoke(actor, row)
            row.refresh_from_db(fields=["revoked_at"])
            return shape_of(row, workspaces[row.workspace_id])

        return Response(self.inside(work))
