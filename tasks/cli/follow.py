"""What happens to some jobs, from the event log, until all of them are over."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from tasks.cli.client import JSON, Client
from tasks.cli.words import OVER

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 1.0
LOOK_AGAIN_SECONDS = 5.0
PAGE = 1000


@dataclass
class Follower:
    """Follows these jobs. `states` and `ended` say where each of them stands by what was read so far."""

    client: Client
    jobs: Sequence[JSON]
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.monotonic
    states: dict[str, str] = field(default_factory=dict)
    cursor: int | None = None

    def __post_init__(self) -> None:
        self.states = {job["id"]: job["state"] for job in self.jobs}

    @property
    def is_over(self) -> bool:
        return all(state in OVER for state in self.states.values())

    @property
    def failed(self) -> list[str]:
        """The jobs that did not complete."""
        return [id for id, state in self.states.items() if state != "completed"]

    def events(self, timeout: float | None = None) -> Iterator[JSON | None]:
        """Each event of these jobs in its order, and None whenever nothing new came; ends with the jobs or the time."""
        give_up = None if timeout is None else self.now() + timeout
        pause, look_at = FIRST_PAUSE, self.now() + LOOK_AGAIN_SECONDS
        while True:
            events = self._read()
            for event in events:
                self._note(event)
                yield event
            if self.is_over or (give_up is not None and self.now() >= give_up):
                return
            pause = FIRST_PAUSE if events else min(pause * 1.5, LONGEST_PAUSE)
            if self.now() >= look_at:
                self._look()
                look_at = self.now() + LOOK_AGAIN_SECONDS
            yield None
            self.sleep(pause if give_up is None else min(pause, max(0.0, give_up - self.now())))

    def _read(self) -> list[JSON]:
        """What is new of our jobs and has its number; a page of others' events is passed over at once."""
        if self.cursor is None:
            self.cursor = self._before_the_first()
        while self.cursor is not None:
            tail = self.client.get(self._path, after=self.cursor, limit=PAGE)
            self.cursor = tail["next"]
            ours = [event for event in tail["results"] if event["job"] in self.states and event["seq"]]
            if ours or len(tail["results"]) < PAGE:
                return ours
        return []

    @property
    def _path(self) -> str:
        return job_events(next(iter(self.states))) if len(self.states) == 1 else "/api/events/"

    def _note(self, event: JSON) -> None:
        if event["after"]:
            self.states[event["job"]] = event["after"]

    def _before_the_first(self) -> int | None:
        """The cursor just before these jobs were made, all at once; None as long as nobody has numbered that."""
        if len(self.states) < 2:
            return 0
        events = self.client.get(job_events(min(self.states)), limit=1)["results"]
        return int(events[0]["seq"]) - 1 if events and events[0]["seq"] else None

    def _look(self) -> None:
        """Where events do not come, since no dispatcher numbers them, a job may be over all the same."""
        for id, state in list(self.states.items())[:20]:
            if state not in OVER:
                self.states[id] = self.client.get(f"/api/agent-jobs/{id}/")["state"]


def job_events(id: str) -> str:
    return f"/api/tasks/{id}/events/"
