"""The life of a job to scale: what it did when, from its events. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from tasks.pages import times
from tasks.pages.marks import WORDS
from tasks.states import OVER, State

LETTER, EDGE = 0.74, 1.6  # percent that a letter and the edges of a part take: what is narrower has no words on it
FINE = 10  # seconds: a shorter life is told in milliseconds
SHORT = 34.0  # percent: what is narrower has none on a phone
LEAST = 0.35  # percent: what is shorter is still seen
TICKS = 4
ROUND = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800)
WEEK = ROUND[-1]


@dataclass(frozen=True, slots=True)
class Change:
    """The job entered `state` at `at`; for a run, on which worker and as which attempt."""

    at: datetime
    state: str
    worker: str = ""
    attempt: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    state: str
    start: float
    share: float
    label: str
    title: str

    @property
    def short(self) -> bool:
        return self.share < SHORT


@dataclass(frozen=True, slots=True)
class Mark:
    at: float
    state: str
    title: str


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    label: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Scale:
    """What the picture shows, in percent of its width."""

    parts: list[Part]
    marks: list[Mark]
    ticks: list[Tick]
    summary: str


def scale(changes: Sequence[Change], notes: Iterable[tuple[datetime, str, str]], now: datetime) -> Scale:
    """`changes` in their order, the first one first; `notes` are (when, state for the colour, words)."""
    if not changes:
        return Scale([], [], [], "Nothing has happened yet.")
    over = changes[-1].state in OVER
    begin, end = changes[0].at, changes[-1].at if over else now
    length = max((end - begin).total_seconds(), 0.001)

    def place(at: datetime) -> float:
        return round(min(100.0, max(0.0, (at - begin).total_seconds() / length * 100)), 3)

    parts = []
    for index, change in enumerate(changes):
        until = changes[index + 1].at if index + 1 < len(changes) else end
        if change.state in OVER and index + 1 == len(changes):
            continue
        parts.append(_part(change, until, place(change.at), place(until)))
    marks = [Mark(place(change.at), change.state, f"{change.at:%H:%M:%S} {WORDS[change.state]}") for change in changes]
    marks += [Mark(place(at), state, f"{at:%H:%M:%S} {words}") for at, state, words in notes]
    return Scale(parts, marks, _ticks(begin, end, place(end), over=over, length=length), _summary(changes, end))


def _part(change: Change, until: datetime, start: float, end: float) -> Part:
    took = times.span((until - change.at).total_seconds())
    share = max(LEAST, round(end - start - 0.2, 3))
    if change.state == State.RUNNING:
        where = f" · {change.worker}" if change.worker else ""
        label = f"try {change.attempt}{where}" if change.attempt else f"running{where}"
    else:
        label = f"{WORDS[change.state].lower()} {took}"
    title = f"{WORDS[change.state]} for {took}" + (f", {label}" if change.state == State.RUNNING else "")
    return Part(change.state, start, share, label if share > len(label) * LETTER + EDGE else "", title)


def _ticks(begin: datetime, end: datetime, last: float, *, over: bool, length: float) -> list[Tick]:
    ticks = [Tick(0.0, _exact(begin, length), "start")]
    weeks = ceil(length / TICKS / WEEK)
    step = next((seconds for seconds in ROUND if length / seconds <= TICKS), weeks * WEEK)
    at = begin.replace(microsecond=0) + timedelta(seconds=step - begin.timestamp() // 1 % step)
    while at < end:
        share = (at - begin).total_seconds() / length * 100
        if 14 < share < 86:
            ticks.append(Tick(round(share, 3), _label(at, step), "middle"))
        at += timedelta(seconds=step)
    return [*ticks, Tick(last, _exact(end, length) if over else "now", "end")]


def _exact(at: datetime, length: float) -> str:
    return f"{at:%H:%M:%S}.{at.microsecond // 1000:03d}" if length < FINE else f"{at:%H:%M:%S}"


def _label(at: datetime, step: int) -> str:
    if step >= times.DAY:
        return f"{at.day} {at:%b}"
    return f"{at:%H:%M}" if step >= times.MINUTE else f"{at:%H:%M:%S}"


def _summary(changes: Sequence[Change], end: datetime) -> str:
    spent: dict[str, float] = {}
    for index, change in enumerate(changes):
        until = changes[index + 1].at if index + 1 < len(changes) else end
        spent[change.state] = spent.get(change.state, 0.0) + (until - change.at).total_seconds()
    tries = sum(change.state == State.RUNNING for change in changes)
    words = []
    if waited := sum(spent.get(state, 0.0) for state in (State.QUEUED, State.BLOCKED)):
        words.append(f"waited {times.span(waited)}")
    if asked := sum(spent.get(state, 0.0) for state in (State.PENDING_APPROVAL, State.SUSPENDED)):
        words.append(f"held for {times.span(asked)}")
    if tries:
        words.append(f"ran {times.span(spent[State.RUNNING])}" + (f" in {tries} attempts" if tries > 1 else ""))
    return ", ".join(words) or WORDS[changes[-1].state]
