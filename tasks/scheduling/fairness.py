"""Start-time fair queuing: whose clock is lowest goes next, and a turn moves its clock by cost / weight.

After P. Goyal, H. Vin and H. Cheng, "Start-time Fair Queuing" (1996), for several servers. While two members wait
all the time, what they were served differs by at most one turn of each (both divided by their weights), because
only the lowest clock is served and nothing else moves a clock.

A member that comes (back) to the line starts at the virtual time or its own clock, whichever is later: its own,
so that running work counts and a debt stays; the virtual time, so that absence earns no credit. The virtual time
is the clock at which the last turn began. Where the members that want the same thing lag behind it (theirs was
scarce, or cost less than expected), the newcomer comes after the next turn of the first of them.

The virtual time also moves by what a finished turn cost, shared by all who wait: else an endless stream of
newcomers, each starting at the same virtual time, would keep it, and everybody else, where it is.
"""

from __future__ import annotations

from functools import lru_cache

UNIT = 1_000_000  # clocks count microseconds of a slot at weight 1, as whole numbers: no rounding, no drift
SCALE = 1000  # weights are whole thousandths


def as_weight(weight: float) -> int:
    return max(1, round(weight * SCALE))


@lru_cache(maxsize=4096)
def price(seconds: float, weight: int) -> int:
    """What so many seconds of a slot move a clock of this weight."""
    return round(seconds * UNIT) * SCALE // weight


class Turns:
    """The virtual time of one line, and the weight of those who stand in it."""

    __slots__ = ("at", "weight")

    def __init__(self, at: int = 0) -> None:
        self.at = at
        self.weight = 0

    def join(self, clock: int, before: int | None) -> int:
        """The clock with which a member comes in. before: what it need not wait beyond, if anything."""
        return max(clock, self.at if before is None else min(self.at, before))

    def began(self, clock: int) -> None:
        """The member with this clock, the lowest, got its turn."""
        self.at = max(self.at, clock)

    def ended(self, seconds: float, weight: int) -> None:
        """A turn of a member of this weight is over and cost so much."""
        self.at += price(seconds, self.weight + weight)
