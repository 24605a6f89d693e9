"""Live hints to sockets: a topic and a version, never content. A lost one does no harm, readers fetch by cursor."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Container, Iterable, Mapping
from typing import Any
from uuid import UUID

from channels.layers import get_channel_layer

from tasks.events.relay import Numbered

log = logging.getLogger(__name__)

PAUSE = 0.1  # between two rounds: many events of a workspace become one hint
MOST_JOBS = 200  # named in one hint; a larger change is said of all of them


def group_of(workspace: UUID) -> str:
    """The channel group in which a workspace's hints are sent."""
    return f"live.{workspace.hex}"


def workspace_topic(workspace: UUID | str) -> str:
    return f"tasks:{workspace}"


def job_topic(job: UUID | str) -> str:
    return f"task:{job}"


class Touched(Container[str]):
    """The topics that one hint is about."""

    def __init__(self, hint: Mapping[str, Any]) -> None:
        self._workspace = workspace_topic(hint["workspace"])
        self._jobs = None if hint["jobs"] is None else {job_topic(job) for job in hint["jobs"]}

    def __contains__(self, topic: object) -> bool:
        return topic == self._workspace or self._jobs is None or topic in self._jobs


class Hints:
    """A thread that sends what the relay numbered, workspace by workspace, over the channel layer."""

    def __init__(self) -> None:
        self._pending: dict[UUID, tuple[int, set[UUID]]] = {}
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
        """Note what these events concern; returns at once."""
        with self._lock:
            for event in events:
                if event.workspace_id is not None:
                    _, jobs = self._pending.setdefault(event.workspace_id, (event.seq, set()))
                    if event.job_id is not None:
                        jobs.add(event.job_id)
                    self._pending[event.workspace_id] = (event.seq, jobs)
        if self._pending:
            self._wake.set()

    async def _run(self) -> None:
        while not self._ending:
            await asyncio.to_thread(self._wake.wait)
            self._wake.clear()
            while batch := self._take():
                await self._send(batch)
                await asyncio.sleep(PAUSE)

    def _take(self) -> dict[UUID, tuple[int, set[UUID]]]:
        with self._lock:
            batch, self._pending = self._pending, {}
            return batch

    async def _send(self, batch: dict[UUID, tuple[int, set[UUID]]]) -> None:
        layer = get_channel_layer()
        assert layer is not None, "settings name a channel layer"
        try:
            for workspace, (version, jobs) in batch.items():
                named = [str(job) for job in jobs] if len(jobs) <= MOST_JOBS else None
                hint = {"type": "hint", "workspace": str(workspace), "version": version, "jobs": named}
                await layer.group_send(group_of(workspace), hint)
        except Exception as error:  # whatever the layer raises when Redis is away: hints may be lost
            log.debug("Hints were lost: %s", error)
