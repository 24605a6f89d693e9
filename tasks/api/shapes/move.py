"""What a move does."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field

from tasks.api.shapes.base import Shape


class Wait(Shape):
    """The mean wait in seconds that is expected, before the move and after it."""

    before: float
    after: float


class MovedJob(Wait):
    id: UUID
    title: str


class SessionWait(Wait):
    """Of a session whose waits change."""

    session: str
    jobs: int = Field(description="Waiting jobs that this is the mean of.")


class Effects(Shape):
    """What the scheduler, run forward with the move and without it, expects."""

    jobs: list[MovedJob] = Field(description="The moved ones that are queued.")
    sessions: list[SessionWait]


class Moved(Shape):
    moved: int = Field(description="How many jobs were, or would be, moved.")
    jobs: list[UUID] = Field(description="In their new order.")
    undo: UUID | None = Field(description="`POST /api/undo/{undo}/` takes it back; null for a dry run.")
    effects: Effects | None = Field(description="Of a dry run: what the move would do to the waits.")
    reason: str
