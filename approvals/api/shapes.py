"""Requests for approval as clients see them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from agents.roles import Role
from approvals.models import ApprovalState, Say
from tasks.api.shapes.base import Page, Shape
from tasks.api.shapes.job import SessionName, StateWord, one_of

ApprovalStateWord = Annotated[str, one_of(*ApprovalState.values)]
ExecutedWord = Annotated[str, one_of("running", "succeeded", "failed", "refused", "unknown")]


class JobOfApproval(Shape):
    id: UUID
    title: str
    state: StateWord
    session: SessionName


class Escalation(Shape):
    """More people who may decide from some time on."""

    after: float = Field(description="Seconds from the request on.")
    role: str = Field(description="The least role that may from then on; empty where that stays.")
    users: list[str]


class Approvers(Shape):
    """Who may decide."""

    role: Annotated[str, one_of(*Role.values)] = Field(description="The least role that may.")
    users: list[str] = Field(description="People who may whatever their role.")
    excluded: list[str] = Field(description="People who may not.")
    when_expired: Annotated[str, one_of("deny", "fail")] = Field(
        description="What becomes of a submission about which nobody decides in time."
    )
    escalations: list[Escalation] = Field(description="Who may decide, too, when nobody has; what is left of it.")
    quorum: int = Field(description="How many must approve.")
    not_requester: bool = Field(description="Whoever asked may not decide.")


class Decision(Shape):
    """What one person said."""

    said: Annotated[str, one_of(*Say.values)]
    by: str = Field(examples=["user:ann"])
    at: datetime
    comment: str
    version: str
    arguments: dict[str, Any] | None = Field(description="As this person changed them; null where they did not.")
    remembered: bool


class Approval(Shape):
    """Something that waits for a person, or waited."""

    id: UUID
    workspace: str
    job: JobOfApproval
    call: UUID | None = Field(description="The call that asks; null where the submission itself does.")
    action: str = Field(
        description="One line: what would be done.", examples=["http.request url=https://… method=POST"]
    )
    tool: str = Field(examples=["http.request"])
    arguments: dict[str, Any] = Field(description="As they were asked about.")
    edited: dict[str, Any] | None = Field(description="As somebody changed them: what would run.")
    arguments_schema: dict[str, Any] = Field(description="The JSON Schema of the arguments.")
    effect: str | None = Field(examples=["external"])
    rule: str | None = Field(description="The rule that asks; null where the outcome of an earlier run is in doubt.")
    why: str
    requester: str = Field(examples=["token:ci"])
    approvers: Approvers
    approved_by: list[str] = Field(description="Who has approved this version.")
    version: str = Field(description="Name it when you decide; another one answers 409.")
    state: ApprovalStateWord
    executed: ExecutedWord | None = Field(description="What became of what was approved; null before it ran.")
    created_at: datetime
    expires_at: datetime | None = Field(description="Then it is denied.")
    decided_at: datetime | None
    decided_by: str | None
    comment: str
    decisions: list[Decision]


class ApprovalPage(Page[Approval]):
    """Requests, the newest first."""


class ApprovalCount(Shape):
    """For badges."""

    waiting: int = Field(description="How many wait for somebody.")
    yours: int = Field(description="How many of them wait for you.")


class Refusal(Shape):
    id: UUID
    code: str
    detail: str


class DecidedMany(Shape):
    """What became of each."""

    decided: list[UUID]
    refused: list[Refusal]


class Grant(Shape):
    """A tool that a session may call without being asked again."""

    id: UUID
    session: SessionName
    tool: str
    rule: str | None
    granted_by: str
    granted_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    revoked_by: str | None


class GrantPage(Page[Grant]):
    """Grants, the newest first."""
