"""The bar of a session."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.pages.bar import bar_of, count_parts
from tasks.states import State

pytestmark = pytest.mark.requirement("W12")


def test_it_says_in_words_what_it_shows() -> None:
    counts = {"completed": 37, "running": 3, "pending_approval": 1, "failed": 2, "queued": 57}
    bar = bar_of(counts)
    assert bar.label == "37 of 100 tasks completed: 3 running, 1 needs approval, 57 queued, 2 failed"
    assert [(part.state, part.start, part.share) for part in bar.parts] == [
        ("completed", 0, 37),
        ("running", 37, 3),
        ("pending_approval", 40, 1),
        ("failed", 41, 2),
    ]


def test_one_of_very_many_is_still_seen() -> None:
    assert bar_of({"running": 1, "queued": 100_000}).parts[0].share >= 0.5


def test_an_empty_session_has_an_empty_bar() -> None:
    assert bar_of({}).parts == ()
    assert count_parts({}) == []


@given(st.dictionaries(st.sampled_from([str(state) for state in State]), st.integers(0, 10**6)))
def test_the_parts_never_leave_the_bar(counts: dict[str, int]) -> None:
    parts = bar_of(counts).parts
    assert all(part.share > 0 for part in parts)
    assert all(left.start < right.start for left, right in pairwise(parts))
    assert sum(part.share for part in parts) <= 100.1
