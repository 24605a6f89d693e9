"""How work fails: whose fault it is, a stable code, one sentence; and how any exception becomes that."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

OUTCOME_UNKNOWN = "outcome_unknown"
"""The code of a call that broke off when its effect may have been made already."""


class FailureKind(StrEnum):
    """What may follow: `permanent` is never tried again, the others as the job's attempts allow.

    `crashed` means that what ran the work died or lost its keeper, so the work itself may be innocent.
    """

    PERMANENT = "permanent"
    TRANSIENT = "transient"
    TIMED_OUT = "timed_out"
    CRASHED = "crashed"


class Failure(Exception):
    """Ends an attempt or a tool call: a kind, a stable snake_case code and a sentence for a person.

    `data` is JSON that helps to understand it (an exit code, the last lines of output); it may be empty.
    """

    def __init__(self, kind: FailureKind, code: str, message: str, *, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.code = code
        self.message = message
        self.data: dict[str, Any] = dict(data or {})

    def __repr__(self) -> str:
        return f"Failure({self.kind}, {self.code!r}, {self.message!r})"


def permanent(code: str, message: str, **data: Any) -> Failure:
    return Failure(FailureKind.PERMANENT, code, message, data=data)


def transient(code: str, message: str, **data: Any) -> Failure:
    return Failure(FailureKind.TRANSIENT, code, message, data=data)


def timed_out(code: str, message: str, **data: Any) -> Failure:
    return Failure(FailureKind.TIMED_OUT, code, message, data=data)


def crashed(code: str, message: str, **data: Any) -> Failure:
    return Failure(FailureKind.CRASHED, code, message, data=data)
