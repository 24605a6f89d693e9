"""Why a job waits, as a value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Waiting:
    """The one limit that holds a job: a stable code, a sentence with numbers, and the numbers."""

    code: str
    sentence: str
    limit: float | None = None
    used: float | None = None
