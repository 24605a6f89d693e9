"""Times as people read them. static/js/time.js keeps them true on an open page, in the same words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

MINUTE, HOUR, DAY = 60, 3600, 86_400


@dataclass(frozen=True, slots=True)
class Moment:
    """A time, and how long ago that was."""

    at: datetime
    words: str


def moment(at: datetime | None, now: datetime) -> Moment | None:
    return None if at is None else Moment(at, ago(at, now))


def ago(at: datetime, now: datetime) -> str:
    """`12 s ago`, `4 min ago`; after a week the day itself."""
    seconds = max(0, int((now - at).total_seconds()))
    if seconds < 5:
        return "just now"
    if seconds < MINUTE:
        return f"{seconds} s ago"
    if seconds < HOUR:
        return f"{seconds // MINUTE} min ago"
    if seconds < DAY:
        return f"{seconds // HOUR} h ago"
    if seconds < 7 * DAY:
        return f"{seconds // DAY} d ago"
    return f"{at.day} {at:%b}"


def clock(seconds: float) -> str:
    """A running duration: `02:14`, `1:02:14`, `3 d 02:02:14`."""
    whole = max(0, int(seconds))
    days, hours, minutes = whole // DAY, whole // HOUR % 24, whole // MINUTE % 60
    tail = f"{minutes:02d}:{whole % 60:02d}"
    if days:
        return f"{days} d {hours:02d}:{tail}"
    return f"{hours}:{tail}" if hours else tail


def span(seconds: float) -> str:
    """A duration that is over: `40 ms`, `1.4 s`, `12 s`, `2 m 14 s`, `1 h 4 m`, `3 d 2 h`."""
    if seconds < 1:
        return f"{max(0.0, seconds) * 1000:.0f} ms"
    if seconds < 10:
        return f"{seconds:.1f} s".replace(".0 s", " s")
    whole = round(seconds)
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return _pair(whole // MINUTE, "m", whole % MINUTE, "s")
    if whole < DAY:
        return _pair(whole // HOUR, "h", whole % HOUR // MINUTE, "m")
    return _pair(whole // DAY, "d", whole % DAY // HOUR, "h")


def expected_start(p50: float, p90: float, *, known: bool) -> str:
    """When a queued job is expected to start: `in about 2 m 5 s, very likely within 4 m`."""
    if p90 < 2:
        return "now"
    soon, late = (span(max(1, round(seconds))) for seconds in (p50, p90))
    said = f"in about {soon}" + ("" if soon == late else f", very likely within {late}")
    return said if known else f"{said} (little is known of such work yet)"


def _pair(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large} {large_unit} {small} {small_unit}" if small else f"{large} {large_unit}"
