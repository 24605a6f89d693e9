"""Live hints to sockets: a topic and a version, never content. A lost one does no harm, readers fetch by cursor."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterable
from uuid import UUID

from channels.layers import get_channel_layer

from tasks.events.relay import Numbered

log = logging.getLogger(__name__)

PAUSE = 0.1  # between two rounds: many events of a topic become one hint
MOST_TOPICS = 200  # a round; the rest come in the next


def workspace_topic(workspace: UUID) -> str:
    return f"tasks:{workspace}"


def job_topic(job: UUID) -> str:
    return f"task:{job}"


def group_of(topic: str) -> str:
    """The channel group of a topic; group names take no colons."""
    return f"live.{topic.replace(':', '.')}"


class Hints:
    """A thread that sends what the relay numbered, topic by topic, over the channel layer."""

    def __init__(self) -> None:
        self._pending: dict[str, int] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._ending = False
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="hints", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ending = True
        self._wake.set()
        self._thread.join(timeout=2)

    def tell(self, events: Iterable[Numbered]) -> None:
        """Note the topics that these events concern; returns at once."""
        with self._lock:
            for event in events:
                if event.workspace_id is not None:
                    self._pending[workspace_topic(event.workspace_id)] = event.seq
                if event.job_id is not None:
                    self._pending[job_topic(event.job_id)] = event.seq
        if self._pending:
            self._wake.set()

    async def _run(self) -> None:
        while not self._ending:
            await asyncio.to_thread(self._wake.wait)
            self._wake.clear()
            while batch := self._take():
                await self._send(batch)
                await asyncio.sleep(PAUSE)

    def _take(self) -> dict[str, int]:
        with self._lock:
            topics = list(self._pending)[:MOST_TOPICS]
            return {topic: self._pending.pop(topic) for topic in topics}

    async def _send(self, batch: dict[str, int]) -> None:
        layer = get_channel_layer()
        assert layer is not None, "settings name a channel layer"
        try:
            for topic, version in batch.items():
                await layer.group_send(group_of(topic), {"type": "hint", "topic": topic, "version": version})
        except Exception as error:  # whatever the layer raises when Redis is away: hints may be lost
            log.debug("Hints were lost: %s", error)
