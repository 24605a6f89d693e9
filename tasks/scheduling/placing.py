"""Ranks for jobs that are put between others. Pure."""

from __future__ import annotations

from collections.abc import Sequence

LEAST_GAP = 5e-7
"""Between two ranks, which are seconds of this century: doubles tell 2.4e-7 of them apart. Half of what lies between
the jobs of a batch, so that among them a move makes room at the cost of as many as it moves."""
WIDE_GAP = 1e-3
"""Where there is room: before the first and behind the last."""


class TooNarrow(ValueError):
    """The gap is too small, and so is every wider one within sight: look further."""


def ranks_between(
    count: int, before: float | None, after: Sequence[float], *, whole: bool = True
) -> tuple[list[float], list[float]]:
    """Ranks for `count` jobs behind `before` (None: nobody is there) and ahead of those of `after`, ascending.

    Returns them and new ranks for the first few of `after`, as few as have to make room, in their order. Raises
    TooNarrow where more of those behind must be seen: `whole` says that `after` is all there are.
    """
    if before is None:
        if not after:
            return [WIDE_GAP * number for number in range(count)], []
        return [after[0] - WIDE_GAP * number for number in range(count, 0, -1)], []
    for moving, end in enumerate(after):
        gap = (end - before) / (count + moving + 1)
        if gap >= LEAST_GAP:
            return _spread(before, gap, count, moving)
    if not whole:
        raise TooNarrow
    return _spread(before, WIDE_GAP, count, len(after))


def _spread(before: float, gap: float, count: int, moving: int) -> tuple[list[float], list[float]]:
    ranks = [before + gap * number for number in range(1, count + moving + 1)]
    return ranks[:count], ranks[count:]
