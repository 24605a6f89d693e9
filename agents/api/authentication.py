"""Who asks: a bearer token, or a browser's session with its CSRF token. Either becomes an Actor."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from knox.auth import TokenAuthentication
from knox.crypto import hash_token
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from agents import actor as actors
from agents.actor import Actor
from agents.api.problems import CsrfFailed, TokenExpired, TokenRevoked
from agents.errors import Unauthenticated
from agents.models import ApiToken

LONGEST_TOKEN = 200


def actor_of_token(text: str) -> tuple[Any, Actor]:
    """The token's owner, and the actor that it is. Raises Unauthenticated, TokenExpired or TokenRevoked.

    Sockets and other ways in that take the same tokens ask here too.
    """
    token = None
    if text.isascii() and text.isprintable() and len(text) <= LONGEST_TOKEN:
        token = ApiToken.objects.select_related("user").filter(digest=hash_token(text)).first()
    if token is None:
        raise Unauthenticated("This token is not known; make one with `interlock token create`.")
    if token.revoked_at is not None:
        raise TokenRevoked(f"The token {token.name!r} was revoked at {token.revoked_at:%Y-%m-%d %H:%M} UTC.")
    if token.expiry is not None and token.expiry <= timezone.now():
        raise TokenExpired(f"The token {token.name!r} expired at {token.expiry:%Y-%m-%d %H:%M} UTC; make a new one.")
    if not token.user.is_active:
        raise Unauthenticated(f"The account that the token {token.name!r} belongs to is not active.")
    return token.user, actors.of_token(token)


class BearerToken(TokenAuthentication):
    """`Authorization: Bearer TOKEN`. `request.auth` is the Actor.

    Unlike knox's own, a used token that is over is refused and told so, and its record stays.
    """

    def authenticate(self, request: Request) -> tuple[Any, Actor] | None:
        scheme, _, text = request.headers.get("Authorization", "").strip().partition(" ")
        if scheme.lower() != "bearer":
            return None
        return actor_of_token(text.strip())

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class BrowserSession(SessionAuthentication):
    """The session of somebody who signed in with a browser. `request.auth` is the Actor."""

    def authenticate(self, request: Request) -> tuple[Any, Actor] | None:
        found = super().authenticate(request)
        if found is None:
            return None
        return found[0], actors.of_user(found[0])

    def enforce_csrf(self, request: Request) -> None:
        """Look at headers and cookie alone: the body is ours to read, and may be no form."""
        try:
            super().enforce_csrf(request._request)  # type: ignore[arg-type]
        except PermissionDenied:
            sentence = "The CSRF token is missing or wrong; send the cookie `csrftoken` as `X-CSRFToken`."
            raise CsrfFailed(sentence) from None
