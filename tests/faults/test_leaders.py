"""Leaders that die or freeze at the worst moment, and a transaction that stays open."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest

from tests.faults.work import assert_sound, effects, start, submit, wait_until_over
from tests.platform import Platform

pytestmark = pytest.mark.requirement("Q12")

A_MESSAGE = 700  # bytes: less than one of Celery's, more than what else is said to Redis at once


def term(platform: Platform) -> int:
    rows = platform.sql("SELECT term FROM tasks_leader WHERE name = 'dispatcher' AND until > now()")
    return int(rows[0]["term"]) if rows else 0


def is_connected(dispatcher: psutil.Process, database_url: str) -> bool:
    """It has loaded, and asks for the lease."""
    port = urlsplit(database_url).port
    return any(each.raddr and each.raddr.port == port for each in dispatcher.net_connections("tcp"))


def unread(server: psutil.Process) -> int:
    """The bytes that wait for it on that of its connections where most do.

    Source: https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html
    """
    ports = {each.laddr.port for each in server.net_connections("tcp")}
    rows = [line.split() for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
    queues = [row[4] for row in rows if int(row[1].rpartition(":")[2], 16) in ports]
    return max((int(queue.partition(":")[2], 16) for queue in queues), default=0)


def test_it_dies_between_the_commit_and_the_message(fault_platform: Platform, tmp_path: Path) -> None:
    """Redis stands still, so the jobs are reserved and their messages have not come through when the leader is killed."""
    platform = start(fault_platform, workers=1, concurrency=4)
    first = term(platform)
    server = platform.servers.redis.process
    assert server is not None
    ledger = tmp_path / "ledger"
    frozen = psutil.Process(server.pid)
    frozen.suspend()
    try:
        jobs = submit(platform, effects(8, ledger, seconds=0.1))
        platform.wait_for(lambda: unread(frozen) > A_MESSAGE, 30, "a message that Redis has not read")
        platform.kill("dispatcher")
    finally:
        frozen.resume()
    platform.start_part("successor", "dispatcher")
    assert wait_until_over(platform, jobs) == {"completed": 8}
    assert Counter(ledger.read_text().split()) == dict.fromkeys(jobs, 1)
    assert term(platform) > first
    assert_sound(platform)


def test_one_that_froze_and_wakes_after_another_took_over_changes_nothing(
    fault_platform: Platform, tmp_path: Path
) -> None:
    ledger = tmp_path / "ledger"
    platform = start(fault_platform, workers=1, concurrency=4)
    first = term(platform)
    platform.start_part("standby", "dispatcher")
    platform.wait_for(lambda: is_connected(platform.process("standby"), platform.database_url), what="the other")
    jobs = submit(platform, effects(24, ledger, seconds=0.2))
    leader = platform.process("dispatcher")
    leader.suspend()
    platform.wait_for(lambda: term(platform) > first, 10, "the other to take over")
    leader.resume()
    assert wait_until_over(platform, jobs) == {"completed": 24}
    assert Counter(ledger.read_text().split()) == dict.fromkeys(jobs, 1)
    assert term(platform) == first + 1, "the one that woke led again"
    assert leader.is_running()
    assert_sound(platform)


def test_a_write_transaction_stays_open_elsewhere(fault_platform: Platform, tmp_path: Path) -> None:
    """All that is submitted meanwhile starts, ends and gets its numbers, though an older transaction is not over."""
    ledger = tmp_path / "ledger"
    platform = start(fault_platform, workers=1, concurrency=4)
    earlier = submit(platform, effects(1, ledger, seconds=0.0))
    wait_until_over(platform, earlier)
    with psycopg.connect(platform.database_url) as connection:
        connection.execute("UPDATE tasks_agentjob SET title = 'open' WHERE id = %s", [earlier[0]])
        connection.execute("SELECT pg_current_xact_id()")
        jobs = submit(platform, effects(24, ledger, seconds=0.1))
        assert wait_until_over(platform, jobs) == {"completed": 24}
        platform.wait_for(lambda: not platform.sql("SELECT 1 FROM tasks_event WHERE seq IS NULL"), 30, "all numbers")
        connection.rollback()
    assert Counter(ledger.read_text().split()) == dict.fromkeys([*earlier, *jobs], 1)
    assert_sound(platform)
