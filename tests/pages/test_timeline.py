"""The life of a job to scale."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.pages.timeline import Change, scale
from tasks.states import State

BEGIN = datetime(2026, 5, 20, 14, 2, 10, tzinfo=UTC)
pytestmark = pytest.mark.requirement("U2")


def at(seconds: float) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


def test_each_stretch_is_as_wide_as_it_was_long() -> None:
    life = [
        Change(at(0), State.QUEUED),
        Change(at(20), State.RUNNING, "worker-3", 1),
        Change(at(50), State.QUEUED),
        Change(at(60), State.RUNNING, "worker-1", 2),
        Change(at(100), State.COMPLETED),
    ]
    picture = scale(life, [], at(500))
    assert [(part.state, round(part.start)) for part in picture.parts] == [
        ("queued", 0),
        ("running", 20),
        ("queued", 50),
        ("running", 60),
    ]
    assert [part.label for part in picture.parts] == [
        "queued 20 s",
        "try 1 · worker-3",
        "queued 10 s",
        "try 2 · worker-1",
    ]
    assert picture.summary == "waited 30 s, ran 1 m 10 s in 2 attempts"
    assert picture.marks[-1].at == 100
    assert picture.ticks[0].label == "14:02:10"
    assert picture.ticks[-1].label == "14:03:50"


def test_a_short_life_is_told_in_milliseconds() -> None:
    picture = scale([Change(at(0), State.QUEUED), Change(at(0.25), State.COMPLETED)], [], at(9))
    assert [tick.label for tick in picture.ticks] == ["14:02:10.000", "14:02:10.250"]


def test_what_still_runs_reaches_to_now() -> None:
    picture = scale([Change(at(0), State.QUEUED), Change(at(1), State.RUNNING, "w", 1)], [], at(100))
    assert picture.ticks[-1].label == "now"
    assert picture.parts[-1].start + picture.parts[-1].share == pytest.approx(100, abs=0.5)


def test_a_stretch_too_short_for_words_has_none_but_is_seen() -> None:
    life = [Change(at(0), State.QUEUED), Change(at(0.001), State.RUNNING), Change(at(1000), State.FAILED)]
    first = scale(life, [], at(1000)).parts[0]
    assert first.label == ""
    assert first.share > 0
    assert "Queued for 1 ms" in first.title


def test_a_job_that_never_began_has_a_picture_too() -> None:
    assert scale([Change(at(0), State.FAILED)], [], at(9)).parts == []
    assert scale([], [], at(9)).summary == "Nothing has happened yet."


@given(st.lists(st.floats(0, 1e7), min_size=1, max_size=30), st.sampled_from(list(State)), st.floats(0, 1e7))
def test_nothing_lies_outside_of_the_picture(moments: list[float], last: State, later: float) -> None:
    life = [Change(at(moment), State.QUEUED) for moment in sorted(moments)]
    life.append(Change(at(max(moments)), last))
    picture = scale(life, [(at(-5), "running", "early")], at(max(moments) + later))
    assert all(0 <= part.start <= 100 and part.share > 0 for part in picture.parts)
    assert all(0 <= mark.at <= 100 for mark in picture.marks)
    assert all(0 <= tick.at <= 100 for tick in picture.ticks)
    assert len(picture.ticks) <= 8
