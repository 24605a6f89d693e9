"""Sessions."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from tasks.api.shapes.base import Page, Shape


class Session(Shape):
    """One agent conversation or run, which owns jobs."""

    id: UUID
    name: str = Field(examples=["nightly"])
    workspace: str = Field(description="Its slug.", examples=["default"])
    project: str | None = Field(description="Its slug.")
    weight: int = Field(description="Its share, against other sessions of the workspace.")
    max_running: int | None = Field(description="How many of its jobs may run at once; null: the workspace's default.")
    created_at: datetime
    paused_at: datetime | None
    closed_at: datetime | None = Field(description="Since when it refuses submissions.")
    opened_by: str = Field(examples=["token:ci"])


class SessionDetail(Session):
    """A session with the number of its jobs in each state."""

    counts: dict[str, int] = Field(examples=[{"queued": 12, "running": 3, "completed": 37}])


class SessionPage(Page[Session]):
    """Sessions, the newest first."""
