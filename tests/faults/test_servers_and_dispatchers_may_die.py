"""Redis emptied or restarted, Postgres restarted, the dispatcher killed, while jobs run."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.faults.work import assert_sound, effects, start, states, submit, wait_until_over, wait_until_running
from tests.platform import Platform

JOBS = 24


@pytest.fixture
def busy(fault_platform: Platform, tmp_path: Path) -> tuple[Platform, list[str], Path]:
    """A platform in the middle of work."""
    ledger = tmp_path / "ledger"
    platform = start(fault_platform, workers=1, concurrency=4)
    jobs = submit(platform, effects(JOBS, ledger))
    platform.wait_for(lambda: states(platform, jobs)["completed"] >= 4, 60, "some of the work")
    return platform, jobs, ledger


def _all_completed_once(busy: tuple[Platform, list[str], Path]) -> None:
    platform, jobs, ledger = busy
    assert wait_until_over(platform, jobs) == {"completed": JOBS}
    assert set(Counter(ledger.read_text().split())) == set(jobs)
    assert_sound(platform)


@pytest.mark.requirement("Q12")
def test_an_emptied_redis_loses_nothing(busy: tuple[Platform, list[str], Path]) -> None:
    busy[0].flush_redis()
    _all_completed_once(busy)


@pytest.mark.requirement("Q12")
def test_a_restarted_redis_loses_nothing(busy: tuple[Platform, list[str], Path]) -> None:
    busy[0].restart_redis()
    _all_completed_once(busy)


@pytest.mark.requirement("Q12")
@pytest.mark.parametrize("kill", [False, True], ids=["stopped", "killed"])
def test_a_restarted_postgres_loses_nothing(busy: tuple[Platform, list[str], Path], kill: bool) -> None:
    busy[0].restart_postgres(kill=kill)
    _all_completed_once(busy)


@pytest.mark.requirement("Q12")
def test_a_killed_dispatcher_is_followed_by_one_that_stood_by(busy: tuple[Platform, list[str], Path]) -> None:
    platform = busy[0]
    platform.start_part("standby", "dispatcher")
    platform.kill("dispatcher")
    _all_completed_once(busy)
    [leader] = platform.sql("SELECT term FROM tasks_leader")
    assert leader["term"] >= 2


@pytest.mark.requirement("W3")
def test_a_worker_that_is_told_to_stop_hands_back_what_it_runs_uncharged(fault_platform: Platform) -> None:
    platform = start(fault_platform, workers=1, concurrency=2)
    jobs = submit(platform, [{"command": ["sleep", "3"]}, {"command": ["sleep", "3"]}])
    wait_until_running(platform, jobs, 2)
    assert platform.end("worker") == 0
    rows = platform.sql("SELECT state, failures, interruptions FROM tasks_agentjob")
    assert rows == [{"state": "queued", "failures": 0, "interruptions": 0}] * 2
    platform.start_worker(concurrency=2)
    assert wait_until_over(platform, jobs) == {"completed": 2}
    outcomes = platform.sql("SELECT outcome, count(*) AS n FROM tasks_attempt GROUP BY 1 ORDER BY 1")
    assert outcomes == [{"outcome": "completed", "n": 2}, {"outcome": "handed_back", "n": 2}]
    assert_sound(platform)
