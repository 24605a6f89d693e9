"""How long work of a kind takes is learnt fast, and one slow beginning is soon forgotten."""

from __future__ import annotations

import pytest

from tasks.dispatcher.runs import Durations
from tasks.scheduling.runs import ENOUGH_MEASURED, MOST_MEMBERS, RUN_SECONDS

pytestmark = pytest.mark.requirement("O5")


def test_a_kind_that_nobody_knows_runs_alone() -> None:
    durations = Durations()
    for _ in range(ENOUGH_MEASURED - 1):
        durations.note("plan:echo", 0.0001)
    assert durations.fitting("plan:echo") == 1

    durations.note("plan:echo", 0.0001)

    assert durations.fitting("plan:echo") == MOST_MEMBERS


def test_the_slow_first_jobs_of_cold_workers_do_not_keep_runs_short_for_long() -> None:
    durations = Durations()
    for _ in range(4):
        durations.note("plan:echo", 0.04)
    assert durations.fitting("plan:echo") == 1

    for _ in range(8):
        durations.note("plan:echo", 0.0001)

    assert durations.fitting("plan:echo") == MOST_MEMBERS


def test_of_a_kind_that_is_well_known_one_more_says_little() -> None:
    durations = Durations()
    for _ in range(100):
        durations.note("plan:echo", 0.001)
    before = durations.fitting("plan:echo")

    durations.note("plan:echo", 0.02)

    assert before == int(RUN_SECONDS / 0.001)
    assert before // 4 < durations.fitting("plan:echo") < before
