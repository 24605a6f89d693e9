"""What a retry of many did."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field

from tasks.api.shapes.base import Shape


class RefusedJob(Shape):
    id: UUID
    code: str = Field(examples=["session_closed"])
    detail: str


class Retried(Shape):
    retried: int
    jobs: list[UUID]
    refused: list[RefusedJob] = Field(description="Those that cannot be retried, each with the reason.")
