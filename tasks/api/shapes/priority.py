"""What a change of priorities did."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from tasks.api.shapes.base import Shape
from tasks.api.shapes.job import PriorityLabel


class Changed(Shape):
    undo: UUID = Field(description="`POST /api/undo/{undo}/` takes it back.")
    priority: PriorityLabel
    changed: int = Field(description="How many had another priority and wait.")
    jobs: list[UUID]
    reason: str


class Undone(Shape):
    id: UUID
    undone_at: datetime
    jobs: int = Field(description="How many got back what they had.")
