"""A worker that is reached only by DATABASE_URL and REDIS_URL, over a network that may be lost, with a clock of its own.

Another machine is a process here with a folder of its own and none of the platform's: what it knows of the platform are
the two addresses and the key.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.faults.network import Network, network
from tests.faults.work import assert_sound, effects, start, states, submit, wait_until_over, wait_until_running
from tests.platform import Platform

pytestmark = [pytest.mark.requirement("W1"), pytest.mark.requirement("Q12")]

WRONG_CLOCK = """
import datetime, os, time

right, offset = time.time, float(os.environ["CLOCK_IS_OFF_BY"])
time.time = lambda: right() + offset


class Wrong(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(time.time(), tz)

    @classmethod
    def utcnow(cls):
        return cls.now(datetime.timezone.utc).replace(tzinfo=None)


datetime.datetime = Wrong
"""
"""For Python's `sitecustomize`: what the worker and its children read as the time, and only that, is wrong."""


@pytest.fixture
def networks(fault_platform: Platform) -> Iterator[dict[str, Network]]:
    """To Postgres and to Redis."""
    with ExitStack() as stack:
        yield {
            "DATABASE_URL": stack.enter_context(network(fault_platform.database_url)),
            "REDIS_URL": stack.enter_context(network(fault_platform.redis_url)),
        }


def join(platform: Platform, folder: Path, networks: dict[str, Network], **settings: str) -> str:
    """Start a worker on the other machine."""
    folder.mkdir(exist_ok=True)
    urls = {name: each.url for name, each in networks.items()}
    name = platform.start_worker(concurrency=4, INTERLOCK_DATA=str(folder), TMPDIR=str(folder), **urls, **settings)
    online = "SELECT 1 FROM tasks_worker WHERE stopped_at IS NULL AND lease_until > now()"
    platform.wait_for(lambda: platform.sql(online), 60, "the worker to join")
    return name


def test_it_joins_and_works(fault_platform: Platform, networks: dict[str, Network], tmp_path: Path) -> None:
    platform = start(fault_platform, workers=0)
    join(platform, tmp_path / "far", networks)
    jobs = submit(platform, effects(8, tmp_path / "ledger", seconds=0.1))
    assert wait_until_over(platform, jobs) == {"completed": 8}
    assert_sound(platform)


@pytest.mark.parametrize("server", ["DATABASE_URL", "REDIS_URL"])
def test_the_network_is_lost_while_it_works(
    fault_platform: Platform, networks: dict[str, Network], tmp_path: Path, server: str
) -> None:
    """Longer than a lease: what it ran is another's then, and what it says when it is back is void."""
    ledger = tmp_path / "ledger"
    platform = start(fault_platform, workers=0)
    join(platform, tmp_path / "far", networks)
    jobs = submit(platform, effects(16, ledger, seconds=0.5))
    wait_until_running(platform, jobs, 4)
    networks[server].lose()
    near = platform.start_worker(concurrency=4)
    assert wait_until_over(platform, jobs, 180) == {"completed": 16}, platform.log(near)[-2000:]
    networks[server].restore()
    again = submit(platform, effects(8, ledger, seconds=0.1))
    assert wait_until_over(platform, again) == {"completed": 8}
    assert set(Counter(ledger.read_text().split())) == {*jobs, *again}
    assert_sound(platform)


def test_it_works_on_when_the_network_is_back(
    fault_platform: Platform, networks: dict[str, Network], tmp_path: Path
) -> None:
    platform = start(fault_platform, workers=0)
    join(platform, tmp_path / "far", networks)
    before = submit(platform, effects(4, tmp_path / "ledger", seconds=0.1))
    assert wait_until_over(platform, before) == {"completed": 4}
    for each in networks.values():
        each.lose()
    gone = "SELECT 1 FROM tasks_worker WHERE stopped_at IS NULL"
    platform.wait_for(lambda: not platform.sql(gone), 60, "the worker to be taken for gone")
    after = submit(platform, effects(4, tmp_path / "ledger", seconds=0.1))
    assert states(platform, after) == {"queued": 4}
    for each in networks.values():
        each.restore()
    assert wait_until_over(platform, after, 120) == {"completed": 4}
    assert_sound(platform)


@pytest.mark.parametrize("seconds", [3600, -3600])
def test_its_clock_may_be_wrong_by_an_hour(
    fault_platform: Platform, networks: dict[str, Network], tmp_path: Path, seconds: int
) -> None:
    ledger = tmp_path / "ledger"
    platform = start(fault_platform, workers=0)
    (tmp_path / "clock").mkdir()
    (tmp_path / "clock" / "sitecustomize.py").write_text(WRONG_CLOCK)
    wrong = {"PYTHONPATH": str(tmp_path / "clock"), "CLOCK_IS_OFF_BY": str(seconds)}
    worker = join(platform, tmp_path / "far", networks, **wrong)
    retried = {"command": ["sh", "-c", '[ "$INTERLOCK_ATTEMPT" -ge 2 ]']}
    jobs = submit(platform, [*effects(8, ledger, seconds=0.1), retried])
    assert wait_until_over(platform, jobs) == {"completed": 9}
    assert Counter(ledger.read_text().split()) == dict.fromkeys(jobs[:8], 1)
    stamps = re.findall(r"^\d{4}-\d\d-\d\dT[\d:.]+Z", platform.log(worker), re.MULTILINE)
    off_by = (datetime.fromisoformat(stamps[-1]) - datetime.now(UTC)).total_seconds()
    assert abs(off_by - seconds) < 300, "its clock was right"
    late = "SELECT 1 FROM tasks_agentjob WHERE abs(extract(epoch FROM completed_at - clock_timestamp())) > 600"
    assert platform.sql(late) == []
    assert_sound(platform)
