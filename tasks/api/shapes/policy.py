"""Policy rules, and what they would say."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from agents.policy.types import Verdict
from tasks.api.shapes.base import Page, Shape


class Redact(Shape):
    paths: list[str] = Field(examples=[["args.headers.authorization"]])
    detectors: list[str] = Field(examples=[["keys", "tokens"]])
    patterns: list[str] = Field(description="RE2; the first group that takes part is what is taken out, else all.")


class Approvers(Shape):
    quorum: int = Field(description="How many must approve.")
    not_requester: bool = Field(description="Whether who asked may not approve.")
    role: str = Field(description="The least role that may.", examples=["approver"])
    users: list[str] = Field(description="Others who may, by name, whatever their role.")
    excluded: list[str] = Field(description="Those who may not, by name.")
    when_expired: str = Field(description="What becomes of a submission about which nobody decides: deny or fail.")
    escalate: list[dict[str, Any]] = Field(
        description="Who may, too, when nobody has decided for so many seconds.",
        examples=[[{"after": 7200, "role": "operator", "users": ["ann"]}]],
    )


class Rule(Shape):
    """One rule."""

    id: UUID
    workspace: str = Field(description="Its slug.", examples=["default"])
    order: int = Field(description="The lowest that holds decides.", examples=[10])
    tool: str = Field(description="A glob over tool names.", examples=["http.*"])
    when: str = Field(description="A CEL expression; empty: always.", examples=['args.method != "GET"'])
    verdict: str = Field(examples=[Verdict.BLOCK.value])
    redact: Redact | None = Field(description="What it takes out; null unless the verdict is REDACT.")
    approvers: Approvers | None = Field(description="Who decides; null where the defaults do, or nobody is asked.")
    expires_in: int | None = Field(description="Seconds after which a request is denied.")
    comment: str = Field(description="Why; people read it where the rule refuses.")
    created_at: datetime


class RulePage(Page[Rule]):
    """Rules, in their order."""


class Decided(Shape):
    """What the rules say of an action."""

    verdict: str = Field(examples=[Verdict.REQUIRE_APPROVAL.value])
    rule: UUID | None = Field(description="The rule that decided; null where none spoke of it, or it is a draft's.")
    why: str
    failed: bool = Field(description="Whether a condition had no answer, which is why it asks.")
    args: dict[str, Any] = Field(description="The arguments without what is taken out.")
    redacted: list[str] = Field(description="Where something was taken out.", examples=[["args.headers.authorization"]])


class Change(Shape):
    """A recorded call of which the rules would say something else."""

    call: UUID
    job: UUID
    tool: str
    at: datetime
    before: str = Field(description="The verdict that it got.", examples=["ALLOW"])
    after: str = Field(description="The verdict that it would get.", examples=["BLOCK"])
    why: str


class Checked(Shape):
    """`decision` for a given action; `compared` and `changes` for recorded calls."""

    decision: Decided | None
    compared: int | None = Field(description="How many recorded calls were looked at.")
    changes: list[Change]
