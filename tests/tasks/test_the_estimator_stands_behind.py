"""The estimator may be late; work may not be late for it. Seen on the processes of a whole platform."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest

from tasks.estimates import FRESH_SECONDS
from tasks.estimator import BEHIND_OTHERS, EVERY_SECONDS, pause_after
from tests.platform import Platform

pytestmark = pytest.mark.requirement("Q5")

GROUPED = Path("/proc/sys/kernel/sched_autogroup_enabled")


@pytest.fixture
def estimator(platform: Platform) -> psutil.Process:
    dispatcher = platform.process("dispatcher")
    return platform.wait_for(lambda: _behind(dispatcher), what="the estimator to go behind the dispatcher")


def _behind(dispatcher: psutil.Process) -> psutil.Process | None:
    return next((child for child in dispatcher.children() if child.nice() == BEHIND_OTHERS), None)


def test_it_has_a_session_of_its_own(platform: Platform, estimator: psutil.Process) -> None:
    platform.wait_for(lambda: os.getsid(estimator.pid) == estimator.pid)


@pytest.mark.skipif(
    not GROUPED.exists() or GROUPED.read_text().strip() != "1", reason="this kernel groups no processes by session"
)
def test_where_linux_groups_by_session_the_whole_session_is_behind(
    platform: Platform, estimator: psutil.Process
) -> None:
    group = Path(f"/proc/{estimator.pid}/autogroup")
    platform.wait_for(lambda: group.read_text().endswith(f"nice {BEHIND_OTHERS}\n"), what="its group to go behind")


def test_it_works_a_quarter_of_the_time_at_most() -> None:
    for seconds in (0.0, 0.1, 0.4, 0.5):
        assert pause_after(seconds) == EVERY_SECONDS - seconds
    assert pause_after(1.0) == 3.0
    assert pause_after(4.0) == 12.0


def test_a_forecast_is_made_anew_while_it_is_believed() -> None:
    for seconds in (1.0, 5.0, FRESH_SECONDS / 4):
        assert seconds + pause_after(seconds) + seconds <= FRESH_SECONDS
