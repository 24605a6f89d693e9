"""Durations: a number of seconds, or text such as "90s", "5m", "1h30m", "30d", "250ms"."""

from __future__ import annotations

import math
import re
from datetime import timedelta

HOW_TO_SAY_IT = 'use a number of seconds, or text such as "90s", "5m", "2h" or "1h30m"'

_MILLISECONDS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_LONGEST = 3_660 * _MILLISECONDS["d"]
_PART = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)(ms|s|m|h|d)", re.ASCII)
_WHOLE = re.compile(rf"(?:{_PART.pattern})+", re.ASCII)
_NUMBER = re.compile(r"\d{1,12}(?:\.\d{1,6})?", re.ASCII)


def parse_duration(said: object) -> timedelta:
    """The duration, exact to the millisecond; raises ValueError for what is not one, or is not above zero."""
    if isinstance(said, timedelta):
        return said
    milliseconds = _milliseconds(said)
    if milliseconds is None or not 1 <= milliseconds <= _LONGEST:
        raise ValueError(HOW_TO_SAY_IT)
    return timedelta(milliseconds=milliseconds)


def _milliseconds(said: object) -> int | None:
    if isinstance(said, bool):
        return None
    if isinstance(said, int):
        return said * 1000
    if isinstance(said, float):
        return round(said * 1000) if math.isfinite(said) and abs(said) < 1e12 else None
    if isinstance(said, str):
        text = said.strip().lower().replace(" ", "")
        if len(text) > 60:
            return None
        if _NUMBER.fullmatch(text):
            return round(float(text) * 1000)
        if _WHOLE.fullmatch(text):
            return round(sum(float(n) * _MILLISECONDS[unit] for n, unit in _PART.findall(text)))
    return None


def format_duration(duration: timedelta) -> str:
    """The shortest text that reads back as the same duration: "5m", "90s", "250ms"."""
    milliseconds = duration // timedelta(milliseconds=1)
    for unit in ("d", "h", "m", "s"):
        if milliseconds % _MILLISECONDS[unit] == 0:
            return f"{milliseconds // _MILLISECONDS[unit]}{unit}"
    return f"{milliseconds}ms"
