"""A full disk in the job's folder; thousands cancelled while workers start and die; messages twice and late."""

from __future__ import annotations

import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import Celery, current_app

from config.celery import app
from tasks.dispatcher.sending import Carrier
from tasks.transitions import HandOff
from tests.faults.work import assert_sound, effects, start, states, submit, wait_until_over, wait_until_running
from tests.platform import Platform

pytestmark = pytest.mark.requirement("Q12")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder with room for four megabytes."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("no permission to mount a small disk here")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@pytest.mark.requirement("R4")
def test_a_full_disk_fails_the_job_that_fills_it_and_no_other(
    fault_platform: Platform, tmp_path: Path, small_disk: Path
) -> None:
    ledger = tmp_path / "ledger"
    fault_platform.env |= {"TMPDIR": str(small_disk), "INTERLOCK_MIN_DISK_FREE_MB": "0"}
    platform = start(fault_platform, workers=1, concurrency=2)
    greedy = {"command": ["sh", "-c", "cat /dev/zero > filler"], "limits": {"attempts": 1}}
    jobs = submit(platform, [greedy, *effects(4, ledger, seconds=0.1)])
    wait_until_over(platform, jobs)
    assert states(platform, jobs[:1]) == {"failed": 1}
    [row] = platform.sql("SELECT error_message FROM tasks_agentjob WHERE id = %s", [jobs[0]])
    assert row["error_message"]
    after = submit(platform, effects(4, ledger, seconds=0.0))
    assert wait_until_over(platform, after) == {"completed": 4}
    assert_sound(platform)


@pytest.mark.requirement("Q10")
def test_five_thousand_are_cancelled_while_workers_start_and_die(fault_platform: Platform, tmp_path: Path) -> None:
    platform = start(fault_platform, workers=2, concurrency=4)
    batch = [{"command": ["sleep", "0.2"], "session": f"many-{n % 20}"} for n in range(5000)]
    jobs = submit(platform, batch)
    wait_until_running(platform, jobs, 2)
    platform.kill("worker-1")
    platform.start_worker(concurrency=4)
    receipt = platform.api.post("/api/tasks/cancel/", json={"all": True, "reason": "enough"})
    assert receipt.status_code == 200, receipt.text
    platform.kill("worker-2")
    platform.start_worker(concurrency=4)
    found = wait_until_over(platform, jobs)
    assert found["cancelled"] + found["completed"] == 5000
    assert found["cancelled"] > 4000
    address = f"/api/cancellations/{receipt.json()['id']}/"
    platform.wait_for(lambda: platform.api.get(address).json()["done"], 30, "the receipt to be whole")
    more = submit(platform, effects(8, tmp_path / "ledger", seconds=0.0))
    assert wait_until_over(platform, more) == {"completed": 8}
    assert_sound(platform)


@pytest.fixture
def carrier(fault_platform: Platform) -> Iterator[Carrier]:
    """A second voice on the platform's broker."""
    before = current_app._get_current_object()
    ours = Celery("again", set_as_current=False, broker=fault_platform.redis_url)
    ours.conf.update(broker_transport_options=app.conf.broker_transport_options, task_ignore_result=True)
    ours.set_current()
    carrier = Carrier()
    yield carrier
    carrier.close()
    ours.close()
    before.set_current()


@pytest.mark.requirement("W2")
def test_messages_that_come_twice_and_late_start_nothing(
    fault_platform: Platform, carrier: Carrier, tmp_path: Path
) -> None:
    ledger = tmp_path / "ledger"
    platform = start(fault_platform, workers=1, concurrency=4)
    jobs = submit(platform, effects(12, ledger, seconds=0.3))
    wait_until_running(platform, jobs, 2)
    [worker] = platform.sql("SELECT id FROM tasks_worker")

    def repeat() -> None:
        """Twice what came for each job that has started, as if it held for another minute, and late what could have
        come for any job, under any epoch."""
        now = time.time()
        [leader] = platform.sql("SELECT term FROM tasks_leader")
        for row in platform.sql("SELECT id, epoch, state, type, priority, session_id FROM tasks_agentjob"):
            of_job = {"session": row["session_id"], "plain": True, "type": row["type"], "priority": row["priority"]}
            for epoch in range(4):
                start = HandOff(row["id"], epoch, worker["id"], run=row["id"], cost=1.0, level=1, **of_job)
                carrier.send([start], term=leader["term"], until=now - 1)
                if row["state"] != "queued" and start.run_epoch <= row["epoch"]:
                    carrier.send([start], term=leader["term"], until=now + 60)

    repeat()
    assert wait_until_over(platform, jobs) == {"completed": 12}
    repeat()
    after = submit(platform, effects(4, ledger, seconds=0.0))
    assert wait_until_over(platform, after) == {"completed": 4}
    assert Counter(ledger.read_text().split()) == dict.fromkeys([*jobs, *after], 1)
    assert_sound(platform)


@pytest.mark.requirement("R4")
def test_nothing_starts_on_a_disk_that_is_nearly_full_and_it_says_so(
    fault_platform: Platform, small_disk: Path
) -> None:
    fault_platform.env |= {"TMPDIR": str(small_disk), "INTERLOCK_MIN_DISK_FREE_MB": "3"}
    platform = start(fault_platform, workers=1, concurrency=2)
    filler = small_disk / "filler"
    filler.write_bytes(b"x" * (3 << 20))
    limit = "SELECT 1 FROM tasks_worker WHERE slot_limit = 0"
    platform.wait_for(lambda: platform.sql(limit), 30, "the limit")
    [job] = submit(platform, [{"command": ["true"]}])

    def sentence() -> str:
        waits = platform.api.get(f"/api/tasks/{job}/").json()["waiting_for"]
        return str(waits["sentence"]) if waits else ""

    platform.wait_for(lambda: "MB must stay free" in sentence(), 30, "the reason")
    filler.unlink()
    assert wait_until_over(platform, [job]) == {"completed": 1}
    kinds = platform.sql("SELECT kind FROM tasks_event WHERE kind LIKE 'Limit%%' ORDER BY id")
    assert [kinds[0]["kind"], kinds[-1]["kind"]] == ["LimitImposed", "LimitLifted"]
    assert_sound(platform)
