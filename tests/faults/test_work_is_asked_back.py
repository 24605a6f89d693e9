"""Under extreme load a worker hands background work back: its programs end, nothing is charged, and it runs again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.platform import Platform

pytestmark = [pytest.mark.requirement("R3"), pytest.mark.platform]


def test_what_is_asked_back_stops_and_runs_again(platform: Platform, tmp_path: Path) -> None:
    began, gate = tmp_path / "began", tmp_path / "gate"
    script = f'echo x >> "{began}"; until [ -e "{gate}" ]; do sleep 0.1; done'
    task = {"title": "Background", "priority": "P4", "session": "asked-back", "command": ["sh", "-c", script]}
    job = platform.api.post("/api/tasks/", json=task).json()["id"]
    platform.wait_for(lambda: began.exists() and began.read_text() == "x\n", 60, "its first attempt")
    platform.sql("UPDATE tasks_agentjob SET give_back = 'its machine has too much to do' WHERE id = %s", [job])
    platform.wait_for(lambda: began.read_text() == "x\nx\n", 60, "its second attempt")
    gate.touch()
    done = platform.api.get(f"/api/tasks/{job}/", params={"wait": 30}).json()
    assert (done["state"], [attempt["outcome"] for attempt in done["attempts"]]) == (
        "completed",
        ["handed_back", "completed"],
    )
    told = platform.sql("SELECT reason FROM tasks_event WHERE job_id = %s AND kind = 'TaskHandedBack'", [job])
    assert told == [{"reason": "its machine has too much to do"}]
    kept = platform.sql("SELECT failures, interruptions, give_back FROM tasks_agentjob WHERE id = %s", [job])
    assert kept == [{"failures": 0, "interruptions": 0, "give_back": ""}]
