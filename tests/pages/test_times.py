"""Times in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tasks.pages.times import ago, clock, span

NOW = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just now"),
        (-3, "just now"),
        (12, "12 s ago"),
        (150, "2 min ago"),
        (7300, "2 h ago"),
        (200_000, "2 d ago"),
        (864_000, "10 May"),
    ],
)
def test_how_long_ago(seconds: int, words: str) -> None:
    assert ago(NOW - timedelta(seconds=seconds), NOW) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "00:00"), (134.9, "02:14"), (3734, "1:02:14"), (266_534, "3 d 02:02:14")]
)
def test_a_running_clock(seconds: float, words: str) -> None:
    assert clock(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 ms"),
        (0.0124, "12 ms"),
        (1, "1 s"),
        (1.44, "1.4 s"),
        (12.4, "12 s"),
        (60, "1 m"),
        (134, "2 m 14 s"),
        (3600, "1 h"),
        (3900, "1 h 5 m"),
        (266_400, "3 d 2 h"),
    ],
)
def test_a_duration_that_is_over(seconds: float, words: str) -> None:
    assert span(seconds) == words
