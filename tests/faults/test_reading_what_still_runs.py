"""What a command prints, and how far it is, can be read before it ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.work import assert_sound, start, states, submit, wait_until_over
from tests.platform import Platform


@pytest.mark.requirement("W12")
def test_lines_and_progress_of_a_command_are_readable_while_it_runs(fault_platform: Platform, tmp_path: Path) -> None:
    platform = start(fault_platform, workers=1, concurrency=1)
    gate = tmp_path / "gate"
    script = f'echo first; echo "::progress 40 half way"; until [ -e "{gate}" ]; do sleep 0.1; done; echo last'
    [job] = submit(platform, [{"command": ["sh", "-c", script]}])

    platform.wait_for(lambda: _printed(platform, job) == ["first"], 30, "the first line alone")
    progress = {"percent": 40, "message": "half way"}
    platform.wait_for(lambda: _task(platform, job)["progress"] == progress, 30, "the progress")
    assert states(platform, [job]) == {"running": 1}
    gate.touch()
    assert wait_until_over(platform, [job]) == {"completed": 1}
    assert _printed(platform, job) == ["first", "last"]
    assert_sound(platform)


def _task(platform: Platform, job: str) -> dict[str, object]:
    answer: dict[str, object] = platform.api.get(f"/api/tasks/{job}/").json()
    return answer


def _printed(platform: Platform, job: str) -> list[str]:
    lines = platform.api.get(f"/api/tasks/{job}/logs/?after=0").json()["results"]
    return [line["text"] for line in lines]
