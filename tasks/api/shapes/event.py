"""What happened."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from tasks.api.shapes.base import Shape, Tail


class Event(Shape):
    """One line of the event log."""

    id: int
    seq: int | None = Field(
        description="Its number, which cursors count by; null for the moment before it has got one."
    )
    kind: str = Field(examples=["TaskStarted"])
    workspace: str = Field(description="Its slug.", examples=["default"])
    session: UUID | None
    job: UUID | None
    version: int | None = Field(description="The job's version after it.")
    before: str | None = Field(examples=["queued"])
    after: str | None = Field(examples=["running"])
    actor: str = Field(description="Who caused it.", examples=["worker:worker-1"])
    reason: str
    worker: str | None
    epoch: int | None
    data: dict[str, Any]
    at: datetime


class EventTail(Tail[Event]):
    """Events in their order."""
