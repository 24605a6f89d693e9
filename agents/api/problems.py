"""Every error of the API as one `application/problem+json` (RFC 9457) with a stable code.

The codes are documented in docs/errors.md; a test holds the two equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpResponse
from pydantic_core import to_json
from rest_framework import exceptions
from rest_framework.response import Response

from agents.errors import (
    Detail,
    InterlockError,
    InvalidInput,
    NotAllowed,
    NotFound,
    TooLarge,
    TooMany,
    Unauthenticated,
    Unavailable,
)

MEDIA_TYPE = "application/problem+json"
DATABASE_BACK_IN = 5  # seconds after which somebody whose request found no database may ask again
DEADLOCK, SERIALIZATION_FAILURE = "40P01", "40001"


class TokenExpired(Unauthenticated):
    code, title = "token_expired", "The token is expired"


class TokenRevoked(Unauthenticated):
    code, title = "token_revoked", "The token was revoked"


class CsrfFailed(NotAllowed):
    code, title = "csrf_failed", "The request does not prove that it comes from our pages"


class InvalidJson(InvalidInput):
    code, title = "invalid_json", "The body is not JSON"


class MethodNotAllowed(InterlockError):
    code, status, title = "method_not_allowed", 405, "This cannot be done here"


class UnsupportedMediaType(InterlockError):
    code, status, title = "unsupported_media_type", 415, "The body is of a type that is not taken here"


class Throttled(TooMany):
    code, title = "throttled", "Too many requests"


class InternalError(InterlockError):
    code, status, title = "internal_error", 500, "Something went wrong on our side"


OURS: list[type[InterlockError]] = [
    TokenExpired,
    TokenRevoked,
    CsrfFailed,
    InvalidJson,
    MethodNotAllowed,
    UnsupportedMediaType,
    Throttled,
    InternalError,
]
"""The errors that only the API has."""


@dataclass(frozen=True)
class Problem:
    """What the body says, and the headers that go with it."""

    code: str
    status: int
    title: str
    detail: str
    errors: Sequence[Detail] = ()
    retry_after: int | None = None

    SCHEME: ClassVar[str] = 'Bearer realm="interlock"'

    def as_dict(self) -> dict[str, Any]:
        return {
            "type": f"/docs/errors/#{self.code}",
            "title": self.title,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "errors": [error.as_dict() for error in self.errors],
        }

    @property
    def headers(self) -> dict[str, str]:
        headers = {"Cache-Control": "no-store"}
        if self.status == 401:
            known = self.code in (TokenExpired.code, TokenRevoked.code)
            headers["WWW-Authenticate"] = self.SCHEME + (', error="invalid_token"' if known else "")
        if self.retry_after is not None:
            headers["Retry-After"] = str(self.retry_after)
        return headers

    def response(self) -> HttpResponse:
        """For those who answer outside of a REST view."""
        return HttpResponse(to_json(self.as_dict()), status=self.status, content_type=MEDIA_TYPE, headers=self.headers)


def of_error(error: InterlockError) -> Problem:
    return Problem(error.code, error.status, error.title, error.message, error.details, error.retry_after)


def of_exception(error: BaseException) -> Problem | None:
    """The problem that an exception is to a client; None for a mistake of ours, which is logged and told as a 500."""
    ours = error if isinstance(error, InterlockError) else _translated(error)
    return None if ours is None else of_error(ours)


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """For REST views."""
    problem = of_exception(error)
    if problem is None:
        return None
    return Response(problem.as_dict(), status=problem.status, headers=problem.headers, content_type=MEDIA_TYPE)


def was_victim(error: OperationalError) -> bool:
    """Whether the database undid the transaction to resolve a conflict, so that trying once more makes sense."""
    return getattr(error.__cause__, "sqlstate", None) in (DEADLOCK, SERIALIZATION_FAILURE)


def _translated(error: BaseException) -> InterlockError | None:
    match error:
        case OperationalError() | InterfaceError():
            return _unavailable(error)
        case exceptions.NotAuthenticated() | exceptions.AuthenticationFailed():
            return Unauthenticated("Nobody is signed in; send `Authorization: Bearer TOKEN`.")
        case exceptions.PermissionDenied() | PermissionDenied():
            return NotAllowed("You may not do this.")
        case exceptions.NotFound() | Http404():
            return NotFound("There is nothing at this path; /api/docs/ lists what there is.")
        case exceptions.MethodNotAllowed():
            return MethodNotAllowed(str(error.detail))
        case exceptions.Throttled():
            wait = max(1, round(getattr(error, "wait", None) or 1))
            return Throttled(f"You ask faster than is allowed; go on in {wait} s.", retry_after=wait)
        case RequestDataTooBig():
            return TooLarge("The body is larger than is taken here.")
        case SuspiciousOperation():
            return InvalidInput("The request cannot be read.")
    return None


def _unavailable(error: BaseException) -> Unavailable:
    if isinstance(error, OperationalError) and was_victim(error):
        return Unavailable("Another change was in the way twice; send it again.", retry_after=1)
    return Unavailable("The database does not answer right now; nothing was changed.", retry_after=DATABASE_BACK_IN)
