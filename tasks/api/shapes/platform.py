"""Workers, the queue as a whole, who asks, and tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from agents.roles import Role
from tasks.api.shapes.base import Actor, Page, Shape
from tasks.api.shapes.job import one_of

RoleWord = Annotated[str, one_of(*Role.values)]


class Worker(Shape):
    id: str
    name: str = Field(examples=["worker-1"])
    state: Annotated[str, one_of("online", "draining", "lost", "stopped")] = Field(
        description="`draining`: it takes no more. `lost`: it has not been heard of for longer than a lease."
    )
    slots: int = Field(description="How many jobs it runs at once.")
    used: int = Field(description="Slots that are taken, whoever's jobs they are.")
    slot_limit: int | None = Field(description="How many jobs it gets now, where its machine is under load.")
    limited_by: str = Field(description="Why, in words.")
    capabilities: list[str]
    memory_mb: int | None
    host: str | None = Field(description="Shown to platform admins.")
    pid: int | None = Field(description="Shown to platform admins.")
    started_at: datetime
    heartbeat_at: datetime
    stopped_at: datetime | None


class WorkerPage(Page[Worker]):
    """Workers: those online first."""


class Slots(Shape):
    total: int = Field(description="Of all workers that are online.")
    used: int
    free: int


class Coverage(Shape):
    """How true the estimates were: of the jobs of the last day whose start was foreseen, how many started before."""

    foreseen: int
    before_p50: int
    before_p90: int


class Pressure(Shape):
    """How much may wait in a workspace."""

    workspace: str
    warns_above: int = Field(description="Above so many waiting jobs, submissions are answered with a warning.")
    refuses_above: int = Field(description="Above so many, with 429 `queue_full`.")


class Queue(Shape):
    """How much there is to do in your workspaces, and how much can be done at once."""

    workspaces: list[str] = Field(description="The slugs of the workspaces that are counted.")
    states: dict[str, int] = Field(
        description="Jobs in each state that is not over.", examples=[{"queued": 40, "running": 3}]
    )
    queued_by_priority: dict[str, int] = Field(examples=[{"P0": 0, "P1": 38, "P2": 2, "P3": 0, "P4": 0}])
    oldest_queued_seconds: float | None = Field(description="How long the oldest of the queued jobs has waited.")
    slots: Slots
    workers_online: int
    dispatcher: bool = Field(description="Whether a dispatcher leads; without one nothing starts.")
    everything_paused: bool = Field(description="Whether a platform admin paused all workspaces.")
    paused: list[str] = Field(description="The slugs of those workspaces that are paused.")
    pressure: list[Pressure]
    estimates: Coverage


class Membership(Shape):
    id: UUID
    slug: str
    name: str
    role: RoleWord


class Me(Shape):
    """Who you are to the platform."""

    actor: Actor
    platform_admin: bool
    workspaces: list[Membership]


class Token(Shape):
    """An API token, without what it takes to use it."""

    id: str = Field(description="The first characters of the token.", examples=["f3a91c0d7be2455"])
    name: str
    workspace: str
    role: RoleWord
    owner: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class TokenPage(Page[Token]):
    """Tokens, the newest first."""


class NewToken(Token):
    """A token that was made now."""

    token: str = Field(description="The token itself. It is shown this once and kept nowhere.")
