"""A job that takes longer than a lease is kept by the heartbeats of its worker."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.work import assert_sound, held, start, submit, wait_until_over, wait_until_running
from tests.platform import Platform

TWO_LEASES = "SELECT 1 FROM tasks_attempt WHERE started_at + interval '10 s' < clock_timestamp()"


@pytest.mark.requirement("W2")
def test_a_job_runs_once_though_it_takes_longer_than_two_leases(fault_platform: Platform, tmp_path: Path) -> None:
    platform = start(fault_platform, workers=2, concurrency=1)
    gate = tmp_path / "gate"
    jobs = submit(platform, [held(gate)])
    wait_until_running(platform, jobs)
    platform.wait_for(lambda: platform.sql(TWO_LEASES), 60, "two leases to pass")
    gate.touch()

    assert wait_until_over(platform, jobs) == {"completed": 1}
    assert platform.sql("SELECT number, outcome FROM tasks_attempt") == [{"number": 1, "outcome": "completed"}]
    assert_sound(platform)
