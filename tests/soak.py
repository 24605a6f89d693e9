"""`make soak`: work goes on while faults are drawn at random, for twenty minutes; then everything must be sound.

    python -m tests.soak [--minutes N] [--seed N]

Each round submits jobs whose effects are counted from outside and draws a fault: a worker, a pool child, the
dispatcher, Redis or Postgres killed with -9, a worker or the leader frozen and woken, Redis emptied, the network to a far
worker lost, a batch cancelled. What happened is written to .soak/ beside the repository's files, which git ignores. Exit code 1
if a job was lost, completed twice or held its slot, if an effect is missing, or if `interlock doctor` finds something.
"""

from __future__ import annotations

import json
import random
import signal
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import TextIO

import psutil

from tests.faults.network import Network, network
from tests.faults.work import OVER, SHORT_LEASES, assert_sound, effects, states, submit, wait_until_over
from tests.platform import Ground, Platform
from tests.servers import Reservation

LOGS = Path(__file__).resolve().parents[1] / ".soak"
JOBS = 40
PAUSES = (0.2, 2.5)  # seconds between a submission and the fault
FROZEN = (2.0, 8.0)  # seconds; a lease lasts five


class Soak:
    """A platform with two near workers and a far one, two dispatchers, and what may happen to them."""

    def __init__(self, platform: Platform, far: dict[str, Network], seed: int, log: TextIO) -> None:
        self.platform, self.far, self.log = platform, far, log
        self.dice = random.Random(seed)
        self.ledger = platform.folder.path / "ledger"
        self.jobs: list[str] = []
        self.cancelled: set[str] = set()
        self.parts = 0

    def run(self, until: float) -> None:
        faults: list[Callable[[], None]] = [
            *(self.kill_worker, self.kill_child, self.kill_dispatcher, self.freeze_worker, self.freeze_dispatcher),
            *(self.kill_redis, self.empty_redis, self.kill_postgres, self.lose_network, self.cancel_some, self.nothing),
        ]
        while time.monotonic() < until:
            fresh = submit(self.platform, effects(JOBS, self.ledger, self.dice.choice((0.3, 0.6, 1.0))))
            self.jobs += fresh
            time.sleep(self.dice.uniform(*PAUSES))
            fault = self.dice.choice(faults)
            self.tell(fault.__name__)
            fault()
            self.wait(fresh)
            self.tell("over", **states(self.platform, fresh))
        self.check()

    def wait(self, jobs: list[str]) -> None:
        """Half a minute for each: a lost worker's lease, a leader's and a hand-off may follow one another."""
        wait_until_over(self.platform, jobs, 120)

    def check(self) -> None:
        found = states(self.platform, self.jobs)
        assert sum(found[state] for state in OVER) == len(self.jobs), f"lost: {found}"
        assert found["failed"] == 0, f"failed: {found}"
        done = set(self.ledger.read_text().split())
        completed = "SELECT id FROM tasks_agentjob WHERE state = 'completed'"
        missing = {str(row["id"]) for row in self.platform.sql(completed)} - done
        assert not missing, f"completed without their effect: {missing}"
        assert_sound(self.platform)
        doctor = self.platform.interlock("doctor", "--json")
        wrong = [check for check in json.loads(doctor.stdout)["checks"] if not check["ok"]]
        assert not wrong, wrong
        self.tell("sound", **found)

    def tell(self, what: str, **facts: object) -> None:
        line = json.dumps({"at": round(time.time(), 1), "what": what, **facts})
        self.log.write(line + "\n")
        self.log.flush()
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    # What may happen

    def nothing(self) -> None:
        return

    def alive(self, kind: str) -> list[str]:
        return [
            name for name, process in self.platform.running.items() if name.startswith(kind) and process.poll() is None
        ]

    def kill_worker(self) -> None:
        self.platform.kill(self.dice.choice(self.alive("worker-")))
        self.platform.start_worker(concurrency=4)

    def kill_child(self) -> None:
        children = psutil.Process(self.platform.running[self.dice.choice(self.alive("worker-"))].pid).children()
        if children:
            self.dice.choice(children).send_signal(signal.SIGKILL)

    def kill_dispatcher(self) -> None:
        self.platform.kill(self.dice.choice(self.alive("dispatcher")))
        self.start_dispatcher()

    def start_dispatcher(self) -> None:
        self.parts += 1
        self.platform.start_part(f"dispatcher-{self.parts}", "dispatcher")

    def freeze_worker(self) -> None:
        self.freeze(self.dice.choice(self.alive("worker-")))

    def freeze_dispatcher(self) -> None:
        self.freeze(self.dice.choice(self.alive("dispatcher")))

    def freeze(self, part: str) -> None:
        process = psutil.Process(self.platform.running[part].pid)
        family = [process, *process.children(recursive=True)]
        for each in family:
            with suppress(psutil.NoSuchProcess):
                each.suspend()
        time.sleep(self.dice.uniform(*FROZEN))
        for each in family:
            with suppress(psutil.NoSuchProcess):
                each.resume()

    def kill_redis(self) -> None:
        self.platform.restart_redis()

    def empty_redis(self) -> None:
        self.platform.flush_redis()

    def kill_postgres(self) -> None:
        self.platform.restart_postgres(kill=True)

    def lose_network(self) -> None:
        lost = self.dice.choice(list(self.far.values()))
        lost.lose()
        time.sleep(self.dice.uniform(*FROZEN))
        lost.restore()

    def cancel_some(self) -> None:
        session = f"effects-{self.dice.randrange(10)}"
        self.platform.api.post("/api/tasks/cancel/", json={"session": session, "reason": "drawn"}).raise_for_status()


def main() -> None:
    parser = ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    chosen = parser.parse_args()
    LOGS.mkdir(exist_ok=True)
    reservation = Reservation()
    with ExitStack() as stack:
        stack.callback(reservation.release)
        log = stack.enter_context((LOGS / f"soak-{chosen.seed}.jsonl").open("w"))
        servers = stack.enter_context(reservation.started())
        folder = Path(mkdtemp(prefix="interlock-soak-"))
        platform = Platform(Ground(servers), folder / "near")
        stack.callback(platform.stop)
        far = {
            "DATABASE_URL": stack.enter_context(network(platform.database_url)),
            "REDIS_URL": stack.enter_context(network(platform.redis_url)),
        }
        platform.env |= SHORT_LEASES
        platform.start(workers=2, concurrency=4)
        platform.start_part("dispatcher-0", "dispatcher")
        (folder / "far").mkdir()
        urls = {name: each.url for name, each in far.items()}
        platform.start_worker(concurrency=4, INTERLOCK_DATA=str(folder / "far"), TMPDIR=str(folder / "far"), **urls)
        soak = Soak(platform, far, chosen.seed, log)
        soak.tell("begins", seed=chosen.seed, minutes=chosen.minutes)
        soak.run(time.monotonic() + chosen.minutes * 60)


if __name__ == "__main__":
    main()
