"""The base of every REST view."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from django.db import OperationalError
from django.http import HttpRequest
from pydantic_core import to_json
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from agents.actor import Actor
from agents.api.authentication import BearerToken, BrowserSession
from agents.api.problems import MethodNotAllowed, was_victim
from agents.models import Workspace
from agents.tenancy import as_platform, as_user

T = TypeVar("T")


class Json(BaseRenderer):
    """Plain values and pydantic models as UTF-8 JSON; times in ISO 8601 with their zone."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, media_type: str | None = None, context: Mapping[str, Any] | None = None) -> bytes:
        return b"" if data is None else to_json(data)


class AlwaysJson(BaseContentNegotiation):
    """Whatever `Accept` says: a client that wants something else still reads what went wrong."""

    def select_parser(self, request: Request, parsers: Any) -> None:
        return None

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> tuple[Any, str]:
        return renderers[0], renderers[0].media_type


def _let_go(response: Response) -> None:
    """Of what has been written. View, request and response hold one another, so it would stay until the garbage
    collector comes by, who then stops everybody for as long as it takes to clear away some dozens of answers."""
    response.data = None


class ApiView(APIView):
    """Knows the actor, and runs what touches tenant rows in the actor's tenancy."""

    authentication_classes = [BearerToken, BrowserSession]
    permission_classes = [IsAuthenticated]
    renderer_classes = [Json]
    parser_classes = []
    content_negotiation_class = AlwaysJson
    metadata_class = None

    @property
    def actor(self) -> Actor:
        return cast("Actor", self.request.auth)

    def inside(self, work: Callable[[Actor], T], *, reason: str = "") -> T:
        """What `work` returns, run in one transaction that sees the actor's workspaces and is undone by an error.

        Once more where the database undid it to resolve a conflict with another: so `work` changes nothing else.
        """
        try:
            return self._once(work, reason)
        except OperationalError as error:
            if not was_victim(error):
                raise
            return self._once(work, reason)

    def everywhere(self, work: Callable[[Actor], T], *, reason: str = "") -> T:
        """The same over all workspaces, which is on record, for a platform admin; for others `inside` their own."""
        if not self.actor.platform_admin:
            return self.inside(work, reason=reason)
        with as_platform(self.actor, path=self.request.get_full_path(), reason=reason) as actor:
            return work(actor.as_admin_of(Workspace._default_manager.values_list("pk", flat=True)))

    def _once(self, work: Callable[[Actor], T], reason: str) -> T:
        with as_user(self.actor, reason=reason) as actor:
            return work(actor)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        done = super().finalize_response(request, response, *args, **kwargs)
        if isinstance(done, Response):
            done.add_post_render_callback(_let_go)
        return done

    def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        there_are = ", ".join(method for method in self.allowed_methods if method != "OPTIONS")
        raise MethodNotAllowed(f"{request.method} is not possible here; there is {there_are}.")

    @property
    def default_response_headers(self) -> dict[str, str]:
        allowed = [method for method in self.allowed_methods if method != "OPTIONS"]
        return {"Allow": ", ".join(allowed), "Cache-Control": "no-store"}
