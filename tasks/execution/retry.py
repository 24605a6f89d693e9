"""What follows a failure: another attempt after a delay, or the end. Pure."""

from __future__ import annotations

import random
from dataclasses import dataclass

from agents.runtimes.failure import Failure, FailureKind

JITTER = 0.25
LONGEST_DELAY = 3600.0


@dataclass(frozen=True)
class TryAgain:
    """Queue it again after so many seconds."""

    delay: float


@dataclass(frozen=True)
class GiveUp:
    """It failed for good. The kind says why: permanent, exhausted or timed_out."""

    kind: str


def after_failure(failure: Failure, failures: int, max_attempts: int, base: float) -> TryAgain | GiveUp:
    """Decide for a job that has now failed `failures` times (this one included)."""
    if failure.kind is FailureKind.PERMANENT:
        return GiveUp("permanent")
    if failures < max_attempts:
        return TryAgain(max(backoff(failures, base), _asked_for(failure)))
    return GiveUp("timed_out" if failure.kind is FailureKind.TIMED_OUT else "exhausted")


def _asked_for(failure: Failure) -> float:
    """Seconds that who refused asked to wait, such as a provider by its Retry-After; an hour at most."""
    seconds = failure.data.get("retry_after")
    return min(max(0.0, seconds), LONGEST_DELAY) if isinstance(seconds, int | float) else 0.0


def backoff(failures: int, base: float) -> float:
    """Seconds before the next attempt: base, 2·base, 4·base …, each ± 25 % so that many do not return at once."""
    delay = min(base * 2 ** max(0, failures - 1), LONGEST_DELAY)
    return delay * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - spreads load, keeps no secret
