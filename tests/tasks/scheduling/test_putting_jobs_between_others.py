"""Ranks between ranks: whatever was there keeps its order, and few have to move."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.scheduling.placing import LEAST_GAP, TooNarrow, ranks_between

pytestmark = pytest.mark.requirement("Q7")

NOW = 1_795_000_000.0
ranks = st.floats(0, 1e-3).map(lambda offset: NOW + offset) | st.floats(-1e6, 1e6).map(lambda offset: NOW + offset)
lines = st.lists(ranks, max_size=40).map(sorted)


@given(line=lines, at=st.integers(0, 40), count=st.integers(1, 12))
def test_the_line_keeps_its_order_around_them(line: list[float], at: int, count: int) -> None:
    at = min(at, len(line))
    before, after = line[:at], line[at:]
    put, moved = ranks_between(count, before[-1] if before else None, after)
    assert len(put) == count
    now = put + moved + after[len(moved) :]
    assert now[: count + len(moved)] == sorted(set(now[: count + len(moved)]))
    assert all(one <= other for one, other in pairwise(now))
    assert not before or before[-1] < now[0]


def test_a_wide_gap_moves_nobody() -> None:
    assert ranks_between(3, 10.0, [20.0, 30.0]) == ([12.5, 15.0, 17.5], [])


def test_as_few_make_room_as_it_takes() -> None:
    batch = [NOW + 2.1 * LEAST_GAP * number for number in range(1000)]
    _, moved = ranks_between(10, batch[0], batch[1:])
    assert len(moved) <= 11
    _, moved = ranks_between(1, NOW, [NOW, NOW, NOW + 1, NOW + 2])
    assert len(moved) == 2


def test_who_sees_too_little_says_so() -> None:
    with pytest.raises(TooNarrow):
        ranks_between(5, NOW, [NOW, NOW], whole=False)


def test_an_empty_line_takes_anything() -> None:
    assert ranks_between(2, None, []) == ([0.0, 0.001], [])
