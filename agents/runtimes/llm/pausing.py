"""How long to wait before a model is asked again that could not answer. Pure."""

from __future__ import annotations

from dataclasses import dataclass

MOST_PAUSES = 4  # for one answer; then the attempt fails, and the job's own attempts go on
FIRST_PAUSE = 1.0


@dataclass(frozen=True)
class Pause:
    seconds: float
    why: str


def pause_before_retry(
    *, asked_for: float | None, limited: bool, tries: int, seconds_left: float | None
) -> Pause | None:
    """What to do after the `tries`-th try failed: wait so many seconds and ask again, or None to give up.

    `asked_for` is the provider's Retry-After in seconds. What it asks for is waited for as a whole or not at all: who
    comes back earlier only makes it longer. `seconds_left` are those of the attempt.
    """
    if tries > MOST_PAUSES:
        return None
    seconds = asked_for if asked_for is not None else FIRST_PAUSE * 2 ** (tries - 1)
    if seconds_left is not None and seconds >= seconds_left:
        return None
    return Pause(seconds, "limits the rate of requests" if limited else "cannot answer now")
