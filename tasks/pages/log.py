"""The log of a job as lines: a window of the newest, and what comes after a line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from tasks.models import AgentJob, LogChunk
from tasks.pages.why import worker_name

WINDOW = 2000
_ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `id` is that of its chunk; a heading names the attempt whose lines follow."""

    id: int
    stream: str
    text: str
    time: str
    at: datetime | None
    heading: str = ""


@dataclass(frozen=True)
class Window:
    lines: list[Line]
    earlier: bool


def newest(job: AgentJob) -> Window:
    chunks = list(LogChunk.objects.in_workspace(job.workspace_id).filter(job=job).order_by("-id")[: WINDOW + 1])
    lines = list(_lines(job, reversed(chunks[:WINDOW])))
    return Window(lines[-WINDOW:], len(chunks) > WINDOW or len(lines) > WINDOW)


def after(job: AgentJob, chunk: int) -> list[Line]:
    """The lines behind a chunk; of the attempt that is shown already the heading is not repeated."""
    chunks = LogChunk.objects.in_workspace(job.workspace_id).filter(job=job, id__gt=chunk).order_by("id")[:WINDOW]
    before = LogChunk.objects.in_workspace(job.workspace_id).filter(job=job, id=chunk).first()
    return list(_lines(job, chunks, before.attempt if before else None))


def batch(job: AgentJob, after: int, most: int = 500) -> list[tuple[int, str]]:
    """Ids and texts of the next chunks, for reading the whole log bit by bit."""
    chunks = LogChunk.objects.in_workspace(job.workspace_id).filter(job=job, id__gt=after).order_by("id")
    return list(chunks.values_list("id", "text")[:most])


def _lines(job: AgentJob, chunks: Iterable[LogChunk], attempt: int | None = None) -> Iterator[Line]:
    attempts = {one.number: one for one in job.attempts.all()}
    for chunk in chunks:
        began = attempts.get(chunk.attempt)
        if chunk.attempt != attempt:
            attempt = chunk.attempt
            where = f" · {worker_name(began.worker_id)}" if began else ""
            yield Line(chunk.id, "", "", "", None, heading=f"Attempt {attempt}{where}")
        seconds = (chunk.at - began.started_at).total_seconds() if began else 0.0
        for text in chunk.text.removesuffix("\n").split("\n"):
            yield Line(chunk.id, chunk.stream, _ESCAPES.sub("", text), _time(seconds), chunk.at)


def _time(seconds: float) -> str:
    minutes, rest = divmod(max(0.0, seconds), 60)
    return f"{int(minutes):02d}:{rest:06.3f}"
