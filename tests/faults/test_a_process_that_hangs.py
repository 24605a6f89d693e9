"""A worker's child that comes back neither when its job is cancelled nor when its time is over."""

from __future__ import annotations

from typing import Any

import pytest

from tests.faults.work import assert_sound, start, submit, wait_until_over, wait_until_running
from tests.platform import Platform

SLEEPS_IN_THE_CHILD = {"tool": "sleep", "args": {"seconds": 600}}


@pytest.fixture
def platform(fault_platform: Platform) -> Platform:
    """One slot: what comes after proves that it is there again."""
    fault_platform.env |= {"INTERLOCK_HUNG_SECONDS": "1"}
    return start(fault_platform, workers=1, concurrency=1)


def one_that_hangs(platform: Platform, **limits: Any) -> str:
    [job] = submit(platform, [SLEEPS_IN_THE_CHILD | {"limits": limits}])
    wait_until_running(platform, [job])
    for child in platform.process("worker").children():
        child.suspend()
    return job


def assert_the_slot_is_there_again(platform: Platform) -> None:
    assert wait_until_over(platform, submit(platform, [{"tool": "echo", "args": {"text": "here"}}])) == {"completed": 1}
    assert_sound(platform)


@pytest.mark.requirement("Q10")
def test_a_cancelled_job_ends_all_the_same(platform: Platform) -> None:
    job = one_that_hangs(platform)

    receipt = platform.api.post("/api/tasks/cancel/", json={"ids": [job], "reason": "no need"}).json()

    assert wait_until_over(platform, [job]) == {"cancelled": 1}
    filled = platform.api.get(f"/api/cancellations/{receipt['id']}/").json()
    assert (filled["done"], filled["counts"]["killed"]) == (True, 1), filled
    assert_the_slot_is_there_again(platform)


@pytest.mark.requirement("Q15")
def test_a_job_whose_time_is_over_has_timed_out(platform: Platform) -> None:
    job = one_that_hangs(platform, timeout="2s", attempts=1)

    assert wait_until_over(platform, [job]) == {"failed": 1}
    error = platform.api.get(f"/api/tasks/{job}/").json()["error"]
    assert (error["code"], error["kind"]) == ("timed_out", "timed_out")
    assert error["message"] == "The attempt took longer than its limit of 2 s."
    assert_the_slot_is_there_again(platform)
