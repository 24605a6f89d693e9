"""The one tree of errors that people see: each carries its sentence, a stable code and an HTTP status.

The codes are documented in docs/errors.md; a test holds the two equal.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class Detail:
    """One place in the input that is wrong: a path such as `tasks[2].priority`, and a 1-based line where known."""

    message: str
    code: str
    path: str = ""
    line: int | None = None

    def as_dict(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value not in (None, "")}


class InterlockError(Exception):
    """Base of every error with a sentence for a person: what was wrong, where, and what to do."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong"

    def __init__(self, message: str, *, details: list[Detail] | None = None, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details = details or []
        self.retry_after = retry_after


class InvalidInput(InterlockError):
    code, status, title = "invalid_input", 400, "The input is not valid"


class Unauthenticated(InterlockError):
    code, status, title = "unauthenticated", 401, "Who are you?"


class NotAllowed(InterlockError):
    code, status, title = "not_allowed", 403, "Not allowed"


class NotFound(InterlockError):
    code, status, title = "not_found", 404, "Not found"


class Conflict(InterlockError):
    code, status, title = "conflict", 409, "It does not fit the present state"


class TooLarge(InterlockError):
    code, status, title = "too_large", 413, "Too large"


class TooMany(InterlockError):
    code, status, title = "too_many", 429, "Too many"


class Unavailable(InterlockError):
    code, status, title = "unavailable", 503, "Not available right now"
