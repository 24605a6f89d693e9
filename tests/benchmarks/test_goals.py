"""The goals of the comparison are held against the figures of one run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.goals import judge
from benchmarks.measure import Figures

pytestmark = pytest.mark.requirement("O5")
FIGURES = Figures(enqueue=1, batch=None, drain=1000, p50=0.004, p99=0.04)


def said(**found: Figures) -> dict[str, str]:
    return {goal.what: str(goal).rpartition(", ")[2] for goal in judge(found)}


def test_what_is_just_enough_is_reached() -> None:
    ours, celery = replace(FIGURES, drain=3000, p50=0.01), FIGURES
    others = {"celery_results": replace(FIGURES, drain=300), "procrastinate": replace(FIGURES, drain=300)}
    rest = replace(FIGURES, batch_alone=5000)
    bullmq = replace(FIGURES, drain=3750)
    words = said(bare_celery=celery, interlock=ours, interlock_rest=rest, bullmq=bullmq, **others)
    assert set(words.values()) == {"reached"}


def test_what_falls_short_is_missed() -> None:
    ours, rest = replace(FIGURES, drain=2999, p50=0.011, p99=0.041), replace(FIGURES, batch_alone=4999)
    words = said(bare_celery=FIGURES, interlock=ours, interlock_rest=rest)
    assert words["drain beside bare Celery"] == "missed"
    assert words["one batch over HTTP, by itself"] == "missed"
    assert words["idle start p50 beside bare Celery"] == words["idle start p99"] == "missed"


def test_a_queue_that_was_not_measured_is_no_goal_missed() -> None:
    assert said(bare_celery=FIGURES, interlock=FIGURES)["drain beside BullMQ"] == "not measured"
