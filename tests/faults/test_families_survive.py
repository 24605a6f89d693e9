"""Parents that wait for children, while workers, the dispatcher and Redis die around them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.faults.work import assert_sound, start, submit, wait_until_over
from tests.platform import Platform

pytestmark = [pytest.mark.requirement("J11"), pytest.mark.requirement("Q12")]
PARENTS, CHILDREN = 4, 3


def test_every_parent_goes_on_once_and_no_child_is_made_twice(fault_platform: Platform, tmp_path: Path) -> None:
    ledger, gate = tmp_path / "ledger", tmp_path / "gate"
    ledger.touch()
    platform = start(fault_platform, workers=1, concurrency=2)
    parents = submit(platform, [parent(number, ledger, gate) for number in range(PARENTS)])
    platform.wait_for(lambda: states(platform, parents) == {"suspended": PARENTS}, 60, "all parents to wait")
    assert len(children(platform, parents)) == PARENTS * CHILDREN
    platform.wait_for(lambda: len(ledger.read_text().split()) >= 2, 60, "children to have begun")

    platform.kill("worker")
    platform.kill("dispatcher")
    platform.restart_redis()
    platform.start_part("dispatcher-2", "dispatcher")
    platform.start_worker(concurrency=2)
    gate.touch()

    assert wait_until_over(platform, parents) == {"completed": PARENTS}
    made = children(platform, parents)
    assert len(made) == PARENTS * CHILDREN, "the calls that were made again found what they had made"
    assert states(platform, made) == {"completed": PARENTS * CHILDREN}
    resumed = platform.sql("SELECT job_id, count(*) AS n FROM tasks_event WHERE kind = 'TaskResumed' GROUP BY 1")
    assert {str(row["job_id"]): row["n"] for row in resumed} == dict.fromkeys(parents, 1)
    assert_sound(platform)


def test_a_worker_that_dies_while_it_submits_leaves_all_children_or_none(fault_platform: Platform) -> None:
    platform = start(fault_platform, workers=1, concurrency=2)
    tasks = [{"tool": "echo", "args": {"text": str(number)}} for number in range(50)]
    steps = [{"tool": "task.submit", "args": {"tasks": tasks}}, {"tool": "echo", "args": {"text": "done"}}]
    parents = submit(platform, [{"steps": steps, "session": f"family-{number}"} for number in range(6)])
    platform.wait_for(lambda: len(children(platform, parents)) > 0, 60, "the first children")

    platform.kill("worker")
    platform.start_worker(concurrency=2)

    assert wait_until_over(platform, parents) == {"completed": 6}
    rows = platform.sql("SELECT parent_id, count(*) AS n FROM tasks_child GROUP BY 1")
    assert Counter(row["n"] for row in rows) == {50: 6}
    assert_sound(platform)


def parent(number: int, ledger: Path, gate: Path) -> dict[str, Any]:
    """It waits for children that each write down that they began, and wait for the gate."""
    script = f'echo x >> "{ledger}"; until [ -e "{gate}" ]; do sleep 0.1; done'
    tasks = [{"command": ["sh", "-c", script]} for _ in range(CHILDREN)]
    return {"tool": "task.submit", "args": {"tasks": tasks}, "session": f"family-{number}"}


def children(platform: Platform, parents: list[str]) -> list[str]:
    rows = platform.sql("SELECT job_id FROM tasks_child WHERE parent_id = ANY(%s::uuid[])", [parents])
    return [str(row["job_id"]) for row in rows]


def states(platform: Platform, jobs: list[str]) -> dict[str, int]:
    rows = platform.sql("SELECT state, count(*) AS n FROM tasks_agentjob WHERE id = ANY(%s::uuid[]) GROUP BY 1", [jobs])
    return {row["state"]: row["n"] for row in rows}
