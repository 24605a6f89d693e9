"""What the demo tells while the jobs run: every step of a single one, a line at the end of each of a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rich.text import Text

from agents import printing
from tasks.cli import words
from tasks.pages.times import span

JSON = dict[str, Any]
WIDTH = 11


@dataclass
class Story:
    """One job: which example it belongs to, and its steps so far."""

    example: str
    title: str
    is_batch: bool
    times: dict[str, datetime] = field(default_factory=dict)
    progressed: float = -100.0


@dataclass
class Stories:
    """All jobs by id. Told nothing aloud if `quiet`."""

    jobs: Mapping[str, Story]
    began: datetime
    quiet: bool = False

    def hear(self, event: JSON) -> None:
        """Take note of an event, and tell it if it is worth that."""
        story = self.jobs[event["job"]]
        at = datetime.fromisoformat(event["at"])
        if event["after"] and event["kind"] != "TaskProgress":
            story.times[event["after"]] = at
        if not self.quiet and (said := self._said(story, event)) is not None:
            self._say(story, at, said)

    def tell(self, event: JSON, lines: Sequence[str]) -> None:
        """What a person saw and did when that event came."""
        for line in () if self.quiet else lines:
            self._say(
                self.jobs[event["job"]], datetime.fromisoformat(event["at"]), Text(printing.harmless(line), "yellow")
            )

    def _say(self, story: Story, at: datetime, said: Text) -> None:
        head = Text(f"{(at - self.began).total_seconds():6.1f} s  ", "bright_black")
        printing.say(head, Text(f"{story.example:<{WIDTH}} ", "cyan"), said)

    def _said(self, story: Story, event: JSON) -> Text | None:
        if story.is_batch:
            return self._in_short(story, event)
        if event["kind"] == "TaskProgress":
            percent = (event["data"] or {}).get("percent") or 0.0
            if percent - story.progressed < 5:
                return None
            story.progressed = percent
        return words.story(event)

    def _in_short(self, story: Story, event: JSON) -> Text | None:
        """`Count agents: completed in 0.4 s after waiting 1.2 s`, once it is over."""
        if event["after"] not in words.OVER:
            return words.story(event) if event["kind"] in ("TaskRetried", "TaskHandedBack") else None
        first = min(story.times.values())
        started = story.times.get("running", first)
        ran = span((story.times[event["after"]] - started).total_seconds())
        waited = span((started - first).total_seconds())
        state = words.state(event["after"])
        return Text.assemble(f"{story.title}: waited {waited}, ran {ran}, ", state)
