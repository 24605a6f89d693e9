"""How long work of one kind takes, from the last of it that ended. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean, pvariance

ENOUGH = 100  # finished jobs of a kind below which little is known of it
UNKNOWN_SECONDS = 1.0  # what is expected of work of which nothing has ended yet


@dataclass(frozen=True)
class Expected:
    """Seconds that something will still take: their mean and their variance."""

    mean: float
    variance: float


class Measured:
    """Durations of one kind in seconds. `finished` counts all that ever ended, `samples` are the last of them."""

    def __init__(self, samples: Iterable[float] = (), finished: int = 0) -> None:
        self.samples: Sequence[float] = sorted(samples)
        self.finished = max(finished, len(self.samples))

    @property
    def is_known(self) -> bool:
        return self.finished >= ENOUGH

    @cached_property
    def whole(self) -> Expected:
        """What one that has not begun will take."""
        return _of(self.samples) if self.samples else Expected(UNKNOWN_SECONDS, UNKNOWN_SECONDS**2)

    def remaining(self, elapsed: float) -> Expected:
        """What one that has run for so long still will: from those that took longer; where none did, as long again."""
        longer = self.samples[bisect_right(self.samples, elapsed) :]
        if longer:
            rest = _of(longer)
            return Expected(max(0.0, rest.mean - elapsed), rest.variance)
        if self.samples:
            return Expected(elapsed, elapsed**2)
        return Expected(max(UNKNOWN_SECONDS - elapsed, elapsed), max(UNKNOWN_SECONDS, elapsed) ** 2)


def _of(samples: Sequence[float]) -> Expected:
    mean = fmean(samples)
    return Expected(mean, pvariance(samples, mean) if len(samples) > 1 else mean**2)
