"""What is paused, and what an emergency stop did."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from tasks.api.shapes.base import Shape
from tasks.api.shapes.cancellation import Cancellation
from tasks.api.shapes.job import one_of


class Paused(Shape):
    """A scope that can be paused, as it is now."""

    scope: Annotated[str, one_of("platform", "workspace", "project", "session")]
    name: str = Field(examples=["nightly"])
    workspace: str | None = Field(description="Its slug; null for the platform.")
    paused_at: datetime | None


class Stopped(Paused):
    """An emergency stop: the scope is paused, and each receipt tells what became of a workspace's jobs."""

    receipts: list[Cancellation]
