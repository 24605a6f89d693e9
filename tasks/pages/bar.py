"""How a session is made up, as a bar in percent and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tasks.pages.marks import counted
from tasks.states import State

IN_THE_BAR = (State.COMPLETED, State.RUNNING, State.PENDING_APPROVAL, State.SUSPENDED, State.FAILED, State.CANCELLED)
IN_WORDS = {
    State.RUNNING: "running",
    State.PENDING_APPROVAL: "need approval",
    State.SUSPENDED: "suspended",
    State.QUEUED: "queued",
    State.BLOCKED: "blocked",
    State.FAILED: "failed",
    State.CANCELLED: "cancelled",
}
LEAST = 0.6  # percent: what is there can be seen


@dataclass(frozen=True, slots=True)
class BarPart:
    state: str
    start: float
    share: float


@dataclass(frozen=True, slots=True)
class Bar:
    parts: tuple[BarPart, ...]
    label: str


@dataclass(frozen=True, slots=True)
class CountPart:
    state: str
    words: str


def bar_of(counts: Mapping[str, int]) -> Bar:
    total = sum(counts.values()) or 1
    shares = {state: counts.get(state, 0) / total * 100 for state in IN_THE_BAR}
    shares = {state: max(LEAST, share) for state, share in shares.items() if share}
    surplus = max(1.0, sum(shares.values()) / 100)
    parts, start = [], 0.0
    for state, share in shares.items():
        width = share / surplus
        parts.append(BarPart(str(state), round(start, 2), round(width, 2)))
        start += width
    words = ", ".join(part.words for part in count_parts(counts))
    done = f"{completed(counts):,} of {counted(sum(counts.values()), 'task')} completed"
    return Bar(tuple(parts), f"{done}: {words}" if words else done)


def completed(counts: Mapping[str, int]) -> int:
    return counts.get(State.COMPLETED, 0)


def count_parts(counts: Mapping[str, int]) -> list[CountPart]:
    return [
        CountPart(str(state), f"{counts[state]:,} {_agreeing(words, counts[state])}")
        for state, words in IN_WORDS.items()
        if counts.get(state)
    ]


def _agreeing(words: str, number: int) -> str:
    return "needs approval" if words == "need approval" and number == 1 else words
