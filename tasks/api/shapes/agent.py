"""Agents and their contexts."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from tasks.api.shapes.base import Page, Shape
from tasks.api.shapes.job import SessionName


class Agent(Shape):
    """One agent of a session."""

    id: UUID
    name: str = Field(examples=["reviewer"])
    type: str = Field(examples=["qa"])
    state: str = Field(
        description="`idle`; `busy` while a job of it runs; `recovering` while its context is loaded; `terminated`.",
        examples=["busy"],
    )
    workspace: str = Field(description="Its slug.", examples=["default"])
    session: SessionName
    tools: list[str] = Field(description="Names and globs of its tools.", examples=[["files.*", "shell.run"]])
    created_at: datetime
    terminated_at: datetime | None


class Context(Shape):
    """One revision of what an agent remembers in a session; what was said itself stays sealed."""

    revision: int = Field(examples=[3])
    session: UUID
    reason: str = Field(description="`spawned`, `finished`, `compressed` or `recovered`.", examples=["finished"])
    job: UUID | None = Field(description="The job that wrote it.")
    messages: int = Field(examples=[8])
    tokens: int = Field(description="How long they are, estimated.", examples=[2400])
    created_at: datetime


class AgentDetail(Agent):
    """An agent with its role, its open jobs and its newest contexts."""

    role_prompt: str = Field(description="What the model is told first.")
    jobs: dict[str, int] = Field(description="Its open jobs in each state.", examples=[{"running": 1, "queued": 2}])
    contexts: list[Context] = Field(description="The newest fifty, the newest first.")


class AgentPage(Page[Agent]):
    """Agents, the newest first."""
