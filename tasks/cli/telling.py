"""Telling the story of jobs while it happens: lines as they come, and on a terminal how far it is, below them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

from rich.text import Text

from agents import printing
from tasks.cli import words
from tasks.cli.client import JSON, Client
from tasks.cli.follow import Follower

PROGRESS_EVERY_SECONDS = 2.0
"""In a pipe, where a line stays: at most one of progress in that time, for each job."""
LONGEST_TITLE = 40


@dataclass
class Telling:
    """Prints what happens to the jobs until they are over. With `logs`, also what they print."""

    client: Client
    jobs: Sequence[JSON]
    logs: bool = False
    _logs_after: dict[str, int] = field(default_factory=dict)
    _told_progress: dict[str, float] = field(default_factory=dict)

    def until_over(self, timeout: float | None = None) -> Follower:
        """Follow the jobs to their ends, or for so many seconds; the follower knows which it was."""
        follower = Follower(self.client, self.jobs)
        self._titles = {job["id"]: job["title"] for job in self.jobs}
        self._began = words.moment(min((job["created_at"] for job in self.jobs), default=None))
        self._width = min(LONGEST_TITLE, max((len(title) for title in self._titles.values()), default=0))
        bar: Any = printing.screen().status("waiting") if printing.is_terminal() else nullcontext()
        with bar as status:
            for event in follower.events(timeout):
                if event is not None:
                    self._tell(event, status)
                elif self.logs:
                    self._print_logs()
            if self.logs:
                self._print_logs()
        return follower

    def _tell(self, event: JSON, status: Any) -> None:
        if event["kind"] == "TaskProgress" and not self._is_worth_a_line(event, status):
            return
        if self.logs:
            self._print_logs()
        if event["kind"] == "ToolCalled" and len(self.jobs) > 1:
            return
        if (said := words.story(event)) is not None:
            printing.say(*self._head(event), said)

    def _is_worth_a_line(self, event: JSON, status: Any) -> bool:
        """On a terminal progress stands below the lines; elsewhere it becomes one now and then."""
        job, now = event["job"], time.monotonic()
        if status is not None:
            status.update(Text.assemble(f"{self._titles[job]}  ", words.story(event) or ""))
            return False
        if now - self._told_progress.get(job, 0) < PROGRESS_EVERY_SECONDS:
            return False
        self._told_progress[job] = now
        return True

    def _head(self, event: JSON) -> list[Text]:
        at = words.moment(event["at"])
        elapsed = (at - self._began).total_seconds() if at and self._began else 0.0
        head = [Text(f"{elapsed:7.1f} s  ", "bright_black")]
        if len(self._titles) > 1:
            title = printing.harmless(self._titles[event["job"]])
            head.append(Text(f"{_cut(title, self._width):<{self._width}}  "))
        return head

    def _print_logs(self) -> None:
        for job in self.jobs:
            self._logs_after[job["id"]] = print_logs(self.client, job["id"], self._logs_after.get(job["id"], 0))


def print_logs(client: Client, id: str, after: int = 0) -> int:
    """Print what is new of a job's log; where it ends now."""
    while True:
        tail = client.get(f"/api/tasks/{id}/logs/", after=after, limit=1000)
        for chunk in tail["results"]:
            print_chunk(chunk)
        if tail["next"] == after or len(tail["results"]) < 1000:
            return int(tail["next"])
        after = tail["next"]


def print_chunk(chunk: JSON) -> None:
    """A piece of a log. In a pipe it is what the job printed; on a terminal it can do no harm, and errors are red."""
    text = chunk["text"].rstrip("\n")
    if not printing.is_terminal():
        printing.pass_on(text)
        return
    style = {"stderr": "red", "system": "bright_black"}.get(chunk["stream"], "")
    printing.say(Text(printing.harmless(text), style))


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
