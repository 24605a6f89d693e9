"""/ws/live/: tells an open page that something changed, never what.

The page sends `{"subscribe": ["tasks:<workspace id>", "task:<job id>"]}`, each time all that it shows. It is told
`{"topic": …, "version": …}` and fetches the same view again, so permission stays in one place. Of many hints for
one topic it gets one: the relay may speak faster than anybody can read.
"""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from agents import actor as actors
from agents.tenancy import as_user
from tasks.models import AgentJob

SIGNED_OUT = 4401
MOST_TOPICS = 20
GATHER = 0.15  # seconds in which hints for one topic become one


def workspace_group(workspace: UUID) -> str:
    """Where hints about the jobs of a workspace are sent; their topic is `tasks:<workspace id>`."""
    return f"live.{workspace.hex}"


def job_group(job: UUID) -> str:
    """Where hints about one job are sent; their topic is `task:<job id>`."""
    return f"live.job.{job.hex}"


class LivePages(AsyncJsonWebsocketConsumer):
    """One socket of one open page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.subscribed: set[str] = set()
        self.waiting: dict[str, int] = {}
        self.sending: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        user = self.scope.get("user") or AnonymousUser()
        await self.accept()
        if not user.is_authenticated:
            await self.close(SIGNED_OUT)

    async def disconnect(self, code: int) -> None:
        if self.sending is not None:
            self.sending.cancel()
        for group in self.subscribed:
            await self.channel_layer.group_discard(group, self.channel_name)

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        topics = content.get("subscribe") if isinstance(content, dict) else None
        if not isinstance(topics, list):
            return
        asked = [topic for topic in topics if isinstance(topic, str)][:MOST_TOPICS]
        wanted = await database_sync_to_async(groups_for)(self.scope["user"], asked)
        for group in self.subscribed - wanted:
            await self.channel_layer.group_discard(group, self.channel_name)
        for group in wanted - self.subscribed:
            await self.channel_layer.group_add(group, self.channel_name)
        self.subscribed = wanted

    @classmethod
    async def decode_json(cls, text_data: str) -> Any:
        try:
            return await super().decode_json(text_data)
        except ValueError:
            return None

    async def hint(self, event: dict[str, Any]) -> None:
        """From the relay: `{"type": "hint", "topic": …, "version": …}`."""
        self.waiting[str(event["topic"])] = int(event["version"])
        if self.sending is None or self.sending.done():
            self.sending = asyncio.create_task(self._send_soon())

    async def _send_soon(self) -> None:
        while self.waiting:
            await asyncio.sleep(GATHER)
            waiting, self.waiting = self.waiting, {}
            for topic, version in waiting.items():
                await self.send_json({"topic": topic, "version": version})


def groups_for(user: AbstractBaseUser, topics: list[str]) -> set[str]:
    """The groups of those topics that are in a workspace of the user; the others are as unknown as any."""
    actor = actors.of_user(user)
    ids = [(kind, _id(id)) for kind, _, id in (topic.partition(":") for topic in topics)]
    groups = {workspace_group(id) for kind, id in ids if kind == "tasks" and id in actor.roles and id is not None}
    jobs = [id for kind, id in ids if kind == "task" and id is not None]
    if jobs:
        with as_user(actor):
            seen = AgentJob.objects.for_user(actor).filter(pk__in=jobs).values_list("pk", flat=True)
            groups |= {job_group(id) for id in seen}
    return groups


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
