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

from agents import actor as actors
from agents.tenancy import as_user
from tasks.events import hints
from tasks.models import AgentJob

SIGNED_OUT = 4401
MOST_TOPICS = 20
GATHER = 0.15  # seconds in which hints for one topic become one


class LivePages(AsyncJsonWebsocketConsumer):
    """One socket of one open page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.topics: set[str] = set()
        self.joined: set[str] = set()
        self.waiting: dict[str, int] = {}
        self.sending: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        self.user = self.scope.get("user")
        await self.accept()  # only an accepted socket can be told why it is closed
        if self.user is None or not self.user.is_authenticated:
            await self.close(SIGNED_OUT)

    async def disconnect(self, code: int) -> None:
        if self.sending is not None:
            self.sending.cancel()
        for group in self.joined:
            await self.channel_layer.group_discard(group, self.channel_name)

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        topics = content.get("subscribe") if isinstance(content, dict) else None
        if not isinstance(topics, list) or self.user is None or not self.user.is_authenticated:
            return
        asked = [topic for topic in topics if isinstance(topic, str)][:MOST_TOPICS]
        workspaces = await database_sync_to_async(workspaces_of)(self.user, asked)
        wanted = {hints.group_of(workspace) for workspace in workspaces.values()}
        for group in self.joined - wanted:
            await self.channel_layer.group_discard(group, self.channel_name)
        for group in wanted - self.joined:
            await self.channel_layer.group_add(group, self.channel_name)
        self.topics, self.joined = set(workspaces), wanted

    @classmethod
    async def decode_json(cls, text_data: str) -> Any:
        try:
            return await super().decode_json(text_data)
        except ValueError:
            return None

    async def hint(self, event: dict[str, Any]) -> None:
        """From the relay: a workspace, a version, and the jobs that changed in it (see `tasks.events.hints`)."""
        about = hints.Touched(event)
        touched = [topic for topic in self.topics if topic in about]
        self.waiting |= dict.fromkeys(touched, int(event["version"]))
        if touched and (self.sending is None or self.sending.done()):
            self.sending = asyncio.create_task(self._send_soon())

    async def _send_soon(self) -> None:
        while self.waiting:
            await asyncio.sleep(GATHER)
            waiting, self.waiting = self.waiting, {}
            for topic, version in waiting.items():
                await self.send_json({"topic": topic, "version": version})


def workspaces_of(user: Any, topics: list[str]) -> dict[str, UUID]:
    """The workspace of each topic that the user may see; the others are as unknown as any."""
    actor = actors.of_user(user)
    ids = {topic: (kind, _id(id)) for topic in topics for kind, _, id in [topic.partition(":")]}
    found = {topic: id for topic, (kind, id) in ids.items() if kind == "tasks" and id in actor.roles and id}
    jobs = {topic: id for topic, (kind, id) in ids.items() if kind == "task" and id}
    if jobs:
        with as_user(actor):
            rows = AgentJob.objects.for_user(actor).filter(pk__in=jobs.values()).values_list("pk", "workspace_id")
            homes = dict(rows)
        found |= {topic: homes[id] for topic, id in jobs.items() if id in homes}
    return found


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
