"""kill -9 of a worker, or of one of its children, in the middle of work."""

from __future__ import annotations

import contextlib
import os
import signal
from collections import Counter
from pathlib import Path

import psutil
import pytest

from tests.faults.work import assert_sound, effects, start, states, submit, wait_until_over, wait_until_running
from tests.platform import Platform

FORTY = 40


@pytest.mark.requirement("Q12")
@pytest.mark.requirement("W2")
def test_forty_jobs_survive_a_worker_killed_in_their_middle(fault_platform: Platform, tmp_path: Path) -> None:
    ledger, gate = tmp_path / "ledger", tmp_path / "gate"
    platform = start(fault_platform, workers=1, concurrency=4)
    jobs = submit(platform, effects(FORTY, ledger, gate=gate, before_the_gate=10))
    platform.wait_for(
        lambda: states(platform, jobs)["completed"] >= 10 and states(platform, jobs)["running"] == 4,
        60,
        "a quarter of the work, and four jobs at the gate",
    )
    completed = {str(row["id"]) for row in platform.sql("SELECT id FROM tasks_agentjob WHERE state = 'completed'")}
    platform.kill("worker")
    gate.touch()
    platform.start_worker(concurrency=4)

    assert wait_until_over(platform, jobs) == {"completed": FORTY}
    attempts = Counter(
        {
            str(row["job_id"]): row["n"]
            for row in platform.sql("SELECT job_id, count(*) AS n FROM tasks_attempt GROUP BY 1")
        }
    )
    interrupted = {job for job, count in attempts.items() if count > 1}
    assert interrupted.isdisjoint(completed), "what had completed ran again"
    assert len(interrupted) == 4, "what ran in the killed worker's four slots ran again, and nothing else"
    assert platform.sql("SELECT id FROM tasks_agentjob WHERE failures > 0 OR interruptions > 0") == [], (
        "nobody is charged"
    )
    happened = Counter(ledger.read_text().split())
    assert set(happened) == set(jobs)
    assert all(happened[job] == 1 for job in completed)
    assert all(happened[job] <= attempts[job] for job in jobs)
    assert_sound(platform)


@pytest.mark.requirement("W9")
def test_programs_die_with_the_worker_that_started_them(fault_platform: Platform) -> None:
    platform = start(fault_platform, workers=1, concurrency=2)
    jobs = submit(platform, [{"command": ["sleep", "4711.5"]}])
    program = platform.wait_for(lambda: _programs("4711.5"), 60, "the program")[0]
    platform.kill("worker")
    platform.wait_for(lambda: not program.is_running(), 10, "the program to be gone")
    platform.api.post(f"/api/tasks/{jobs[0]}/cancel/")
    wait_until_over(platform, jobs)
    assert_sound(platform)


@pytest.mark.requirement("Q15")
@pytest.mark.requirement("Q13")
def test_a_job_that_kills_its_process_twice_is_a_dead_letter_and_its_neighbours_are_not(
    fault_platform: Platform, tmp_path: Path
) -> None:
    platform = start(fault_platform, workers=1, concurrency=4)
    [poison] = submit(platform, [{"title": "Poison", "session": "poison", "command": ["sleep", "4712.5"]}])
    for death in (1, 2):
        program = platform.wait_for(lambda: _programs("4712.5"), 60, f"the program to run, time {death}")[0]
        neighbours = submit(platform, effects(4, tmp_path / f"ledger-{death}", seconds=0.1))
        os.kill(_child_above(program), signal.SIGKILL)
        platform.wait_for(lambda gone=program: not gone.is_running(), 10, "the program to be gone")
        assert wait_until_over(platform, neighbours) == {"completed": 4}
    platform.wait_for(lambda: states(platform, [poison])["failed"], 60, "the dead letter")
    [row] = platform.sql("SELECT interruptions, error_kind, error_code FROM tasks_agentjob WHERE id = %s", [poison])
    assert row == {"interruptions": 2, "error_kind": "crashed", "error_code": "process_died"}
    kinds = [r["kind"] for r in platform.sql("SELECT kind FROM tasks_event WHERE job_id = %s ORDER BY id", [poison])]
    assert kinds[-1] == "TaskDeadLettered"
    assert_sound(platform)


@pytest.mark.requirement("W2")
def test_what_a_frozen_worker_writes_when_it_wakes_is_void(fault_platform: Platform, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    platform = start(fault_platform, workers=1, concurrency=2)
    script = f'sleep 2; echo "$INTERLOCK_ATTEMPT" >> "{ledger}"'
    jobs = submit(platform, [{"command": ["sh", "-c", script]}])
    wait_until_running(platform, jobs)
    frozen = platform.process("worker")
    family = [frozen, *frozen.children(recursive=True)]
    for process in family:
        process.suspend()
    platform.start_worker(concurrency=2)
    assert wait_until_over(platform, jobs) == {"completed": 1}
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):  # one that wakes may end those that come after it here
            process.resume()
    outcomes = platform.sql("SELECT outcome FROM tasks_attempt ORDER BY number")
    assert [row["outcome"] for row in outcomes] == ["lease_lost", "completed"]
    platform.wait_for(lambda: not _programs(script), 20, "the frozen worker's program to be gone")
    assert_sound(platform)


def _programs(argument: str) -> list[psutil.Process]:
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if argument in (process.info["cmdline"] or []) and "shim" not in " ".join(process.info["cmdline"])
    ]


def _child_above(program: psutil.Process) -> int:
    """The worker's child that runs a program: the first above it that is no guard."""
    return next(p.pid for p in program.parents() if "shim" not in " ".join(p.cmdline()))
