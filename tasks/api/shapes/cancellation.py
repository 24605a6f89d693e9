"""Receipts of what was cancelled at once."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from tasks.api.shapes.base import Page, Shape
from tasks.api.shapes.job import StateWord, one_of
from tasks.receipts import Became

BecameWord = Annotated[str, one_of(*Became)]


class Cancellation(Shape):
    """The receipt: it fills up as the jobs that ran end, and is `done` when none is `stopping` any more."""

    id: UUID | None = Field(description="Null for a dry run, which leaves no receipt.")
    workspace: str = Field(description="Its slug.", examples=["default"])
    created_at: datetime | None
    asked_by: str = Field(examples=["token:ci"])
    reason: str
    selection: dict[str, Any] = Field(description="What chose the jobs.", examples=[{"session": ["nightly"]}])
    total: int
    counts: dict[str, int] = Field(
        description="`never_started`: it waited. `stopping`: its worker was asked. `stopped`: it is gone. `killed`: it "
        "did not go by itself, or died with its worker. `completed_too_late`: it ended by itself before it could be "
        "stopped. `already_over`: it had ended when it was asked for.",
        examples=[
            {
                "never_started": 4997,
                "stopping": 1,
                "stopped": 2,
                "killed": 0,
                "completed_too_late": 0,
                "already_over": 0,
            }
        ],
    )
    done: bool
    jobs: str | None = Field(description="The address of the list of its jobs.")


class CancellationPage(Page[Cancellation]):
    """Receipts, the newest first."""


class JobOfCancellation(Shape):
    id: UUID
    title: str
    state: StateWord = Field(description="As it is now.")
    outcome: BecameWord


class JobOfCancellationPage(Page[JobOfCancellation]):
    """The jobs of a receipt: those that had not begun, those that ran, those that were over."""
