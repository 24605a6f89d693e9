"""Why a job waits, and what people were asked about it, as values."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Waiting:
    """The one limit that holds a job: a stable code, a sentence with numbers, and the numbers."""

    code: str
    sentence: str
    limit: float | None = None
    used: float | None = None


@dataclass(frozen=True)
class Question:
    """A request for approval: of which tool, where it stands, and who decided, if somebody has."""

    id: UUID
    tool: str
    state: str
    decided_by: str
