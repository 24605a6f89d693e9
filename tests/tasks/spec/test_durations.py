"""Durations are a number of seconds, or text with units, exact to the millisecond."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.spec.durations import format_duration, parse_duration

pytestmark = pytest.mark.requirement("J5")


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        *((90, 90), (0.25, 0.25), ("90", 90), ("1.5", 1.5), ("90s", 90), ("5m", 300), ("2h", 7200), ("1d", 86400)),
        *(("250ms", 0.25), ("1h30m", 5400), ("1h 30m", 5400), (" 5M ", 300), ("1.5h", 5400), (timedelta(seconds=3), 3)),
    ],
)
def test_a_duration_is_understood(said: object, seconds: float):
    assert parse_duration(said) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "said",
    [0, -1, 0.0001, True, None, "", "soon", "5x", "m", "-5m", "1e3", float("nan"), float("inf"), 10**30, "9" * 99, []],
)
def test_anything_else_is_none(said: object):
    with pytest.raises(ValueError, match="use a number of seconds"):
        parse_duration(said)


@given(st.integers(1, 3_660 * 86_400_000).map(lambda n: timedelta(milliseconds=n)))
def test_what_is_written_reads_the_same(duration: timedelta):
    assert parse_duration(format_duration(duration)) == duration
