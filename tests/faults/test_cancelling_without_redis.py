"""A cancel is a row in Postgres; Redis makes it faster and is not needed for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.faults.work import assert_sound, held, start, submit, wait_until_over, wait_until_running
from tests.platform import Platform


def _kill(platform: Platform) -> Callable[[], None]:
    platform.stop_redis()
    return platform.start_redis


def _freeze(platform: Platform) -> Callable[[], None]:
    process = platform.servers.redis.process
    assert process is not None
    server = psutil.Process(process.pid)
    server.suspend()
    return server.resume


@pytest.mark.requirement("Q10")
@pytest.mark.requirement("Q12")
@pytest.mark.parametrize("take_away", [_kill, _freeze], ids=["killed", "frozen"])
def test_what_runs_is_stopped_while_redis_is_away(
    fault_platform: Platform, tmp_path: Path, take_away: Callable[[Platform], Callable[[], None]]
) -> None:
    platform = start(fault_platform, workers=1, concurrency=2)
    gate = tmp_path / "gate"
    cancelled, kept = submit(platform, [held(gate), held(gate)])
    wait_until_running(platform, [cancelled, kept], 2)
    bring_back = take_away(platform)
    try:
        answer = platform.api.post(f"/api/tasks/{cancelled}/cancel/")
        assert answer.is_success, answer.text
        assert wait_until_over(platform, [cancelled], 20) == {"cancelled": 1}
    finally:
        bring_back()
    gate.touch()
    assert wait_until_over(platform, [kept]) == {"completed": 1}, "no other job is harmed"
    assert_sound(platform)
