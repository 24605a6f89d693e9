"""Jobs whose effects can be counted from outside, and what must be true after any fault."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from tests.platform import Platform

SHORT_LEASES = {
    "INTERLOCK_LEASE_SECONDS": "5",
    "INTERLOCK_HEARTBEAT_SECONDS": "1",
    "INTERLOCK_HANDOFF_SECONDS": "3",
}
OVER = ("completed", "failed", "cancelled")


def start(platform: Platform, **options: int) -> Platform:
    """With short leases, so that nobody waits long for what has to run out."""
    platform.env |= SHORT_LEASES
    return platform.start(**options)


def effects(
    count: int, ledger: Path, seconds: float = 0.3, *, gate: Path | None = None, before_the_gate: int = 0
) -> list[dict[str, Any]]:
    """Tasks that each take a while and then append their id to the ledger: a small append is atomic.

    With a gate, once so many ids are in the ledger, the others wait until somebody makes that file.
    """
    wait = ""
    if gate:
        wait = f'until [ -e "{gate}" ] || [ "$(wc -l < "{ledger}")" -lt {before_the_gate} ]; do sleep 0.1; done; '
    script = f'touch "{ledger}"; sleep {seconds}; {wait}echo "$INTERLOCK_JOB_ID" >> "{ledger}"'
    return [
        {"title": f"Effect {n}", "session": f"effects-{n % 10}", "command": ["sh", "-c", script]} for n in range(count)
    ]


def held(gate: Path) -> dict[str, Any]:
    """A task that runs until somebody makes the file `gate`."""
    return {"title": "Held", "command": ["sh", "-c", f'until [ -e "{gate}" ]; do sleep 0.1; done']}


def submit(platform: Platform, tasks: list[dict[str, Any]]) -> list[str]:
    answer = platform.api.post("/api/tasks/batch/", json={"tasks": tasks})
    assert answer.status_code == 201, answer.text
    return [job["id"] for job in answer.json()["results"]]


def states(platform: Platform, jobs: list[str]) -> Counter[str]:
    rows = platform.sql("SELECT state FROM tasks_agentjob WHERE id = ANY(%s::uuid[])", [jobs])
    return Counter(row["state"] for row in rows)


def wait_until_over(platform: Platform, jobs: list[str], timeout: float = 120) -> Counter[str]:
    def over() -> bool:
        return sum(states(platform, jobs)[state] for state in OVER) == len(jobs)

    platform.wait_for(over, timeout, "all jobs to be over")
    return states(platform, jobs)


def wait_until_running(platform: Platform, jobs: list[str], count: int = 1) -> None:
    platform.wait_for(lambda: states(platform, jobs)["running"] >= count, 60, f"{count} jobs to run")


def assert_sound(platform: Platform) -> None:
    """No job is lost or completed twice, no attempt is left open, no slot leaks, every event has its number."""
    assert platform.sql("SELECT id FROM tasks_agentjob WHERE state NOT IN ('completed', 'failed', 'cancelled')") == []
    assert platform.sql("SELECT id FROM tasks_agentjob WHERE handed_to <> ''") == []
    assert platform.sql("SELECT id FROM tasks_attempt WHERE ended_at IS NULL") == []
    twice = "SELECT job_id FROM tasks_event WHERE kind = 'TaskCompleted' GROUP BY 1 HAVING count(*) > 1"
    assert platform.sql(twice) == []
    again = """
        SELECT started.job_id FROM tasks_event started JOIN tasks_event completed USING (job_id)
        WHERE started.kind = 'TaskStarted' AND completed.kind = 'TaskCompleted' AND started.id > completed.id
    """
    assert platform.sql(again) == [], "a job ran again after it had completed"
    wrong_version = """
        SELECT job.id FROM tasks_agentjob job WHERE version <>
        (SELECT count(*) FROM tasks_event WHERE job_id = job.id AND before <> after)
    """
    assert platform.sql(wrong_version) == [], "a transition without its event"
    platform.wait_for(lambda: platform.sql("SELECT 1 FROM tasks_event WHERE seq IS NULL") == [], 30, "all numbers")
    numbers = [row["seq"] for row in platform.sql("SELECT seq FROM tasks_event ORDER BY seq")]
    assert numbers == list(range(1, len(numbers) + 1)), "numbers have gaps"
