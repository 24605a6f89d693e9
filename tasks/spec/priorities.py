"""Priorities: P0 to P4 inside and in answers; a spec may also say `high` or 2."""

from __future__ import annotations

from enum import IntEnum


class Priority(IntEnum):
    """0 is the most urgent. Its label is P0, its name `critical`, its number in a spec 1."""

    CRITICAL = 0
    HIGH = 1
    NORMAL = 2
    LOW = 3
    BACKGROUND = 4

    @property
    def label(self) -> str:
        return f"P{self.value}"

    @property
    def word(self) -> str:
        return self.name.lower()


HOW_TO_SAY_IT = "use P0 to P4, critical, high, normal, low or background, or a number from 1 to 5 (1 is P0)"

_BY_WORD: dict[str, Priority] = {
    said: priority for priority in Priority for said in (priority.label.lower(), priority.word, str(priority.value + 1))
}


def parse_priority(said: object) -> Priority:
    """A label, a name or a number from 1 to 5; raises ValueError for anything else.

    A `Priority` is taken as it is, so that code never depends on which numbers people count from.
    """
    if isinstance(said, Priority):
        return said
    if isinstance(said, str) or (isinstance(said, int) and not isinstance(said, bool)):
        priority = _BY_WORD.get(str(said).strip().lower()) if len(str(said)) <= 20 else None
        if priority is not None:
            return priority
    raise ValueError(HOW_TO_SAY_IT)
