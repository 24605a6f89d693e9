"""Whether a deep backlog slows the dispatcher: `python -m benchmarks.dispatch_rate`, on servers of its own.

The real dispatcher process, over a thousand queued jobs in ten sessions and over a million in ten thousand; asked is at
least 0.9 times the rate. The workers are stand-ins (`benchmarks.stand_ins`): they take its messages, write in a few
cheap statements what a claim and a completion write, and for each job that ended they add one, so that the backlog
stays as deep as it is; in both cases to ten sessions, so that what comes costs the same. A real worker would be the
slower half on two cores, and its rate would hide what the dispatcher does.

Two rates are printed. The first is what went through. It says nothing of the dispatcher where the stand-ins had no
pause, which stands beside it. The second is what the processor time of the dispatcher and its connection would allow.
"""

from __future__ import annotations

import os
import time
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

import psutil
import psycopg
import redis
from rich.console import Console
from rich.table import Table

from benchmarks.filling import fill, open_sessions, without_events
from benchmarks.goals import at_least
from benchmarks.peers.workers import LOGS, Workers
from benchmarks.scene import prepare, set_environment, temporary_servers
from benchmarks.stand_ins import StandIns
from config.embedded import Servers
from tasks.scheduling.runs import MOST_MEMBERS

ASKED = 0.9
JOBS_IN_A_SESSION = 100
ARRIVALS = 10  # sessions
SLOTS = 8
ALONE_SLOTS = 512  # a job holds one of them until the dispatcher has heard of its end
SUBMITTED_OVER = 600.0  # seconds; so that all have the same age, however many they are
WARM_UP = 3.0  # seconds
PATIENCE = 180.0
console = Console(width=110)


@dataclass(frozen=True)
class Backlog:
    """A database of its own with so many queued jobs."""

    jobs: int
    sessions: int
    arrivals: tuple[UUID, ...]  # sessions to which jobs come while it is measured
    database_url: str
    redis_url: str


@dataclass(frozen=True)
class Rate:
    jobs: float  # that went through in a second
    allowed: float  # jobs per second of processor time of the dispatcher and its connection
    paused: float  # the share of the time in which the stand-ins had nothing to do


def main() -> None:
    chosen = _arguments()
    slots, members = (ALONE_SLOTS, 1) if chosen.alone else (SLOTS, MOST_MEMBERS)
    with temporary_servers() as (folder, running):
        set_environment("dispatch", folder, WORKERS_PER_SESSION="1000", INTERLOCK_MAX_CPU_PERCENT="0")
        found: dict[Backlog, list[Rate]] = {}
        for jobs in (chosen.few, chosen.many):
            console.print(f"[dim]{jobs:,} jobs are filled in …[/dim]")
            found[_filled(running, jobs, slots * members, joins_runs=not chosen.alone)] = []
        for _ in range(chosen.rounds):
            for backlog, rates in found.items():
                console.print(f"[dim]{backlog.jobs:,} queued …[/dim]")
                rates.append(_measure(backlog, slots, chosen))
    _print([(backlog, _median(rates)) for backlog, rates in found.items()], chosen)


def _arguments() -> Namespace:
    parser = ArgumentParser(prog="python -m benchmarks.dispatch_rate")
    parser.add_argument("--few", type=int, default=1000, help="queued jobs of the shallow backlog")
    parser.add_argument("--many", type=int, default=1_000_000, help="queued jobs of the deep one")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3, help="the median of so many is shown")
    parser.add_argument("--alone", action="store_true", help="no runs: one job a message")
    return parser.parse_args()


def _filled(running: Servers, jobs: int, in_flight: int, *, joins_runs: bool) -> Backlog:
    """What the stand-ins hold all the time comes on top of what is queued."""
    name = f"dispatch_{jobs}"
    database_url = f"{running.database_url.rpartition('/')[0]}/{name}"
    with psycopg.connect(running.database_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    prepare(DATABASE_URL=database_url, REDIS_URL=running.redis_url)
    with psycopg.connect(database_url, autocommit=True) as connection:
        sessions = open_sessions(connection, max(1, jobs // JOBS_IN_A_SESSION))
        count = jobs + in_flight
        with without_events(connection):
            fill(connection, sessions, count, apart=SUBMITTED_OVER / count, joins_runs=joins_runs)
    with psycopg.connect(running.postgres.superuser_url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
    return Backlog(jobs, len(sessions), tuple(sessions[:ARRIVALS]), database_url, running.redis_url)


def _measure(backlog: Backlog, slots: int, chosen: Namespace) -> Rate:
    dispatcher = Workers()
    with (
        psycopg.connect(backlog.database_url, autocommit=True) as connection,
        redis.Redis.from_url(backlog.redis_url) as broker,
    ):
        stand_ins = StandIns(connection, broker, slots=slots, arrivals=backlog.arrivals, joins_runs=not chosen.alone)
        dispatcher.start("config", "dispatcher", DATABASE_URL=backlog.database_url, REDIS_URL=backlog.redis_url)
        try:
            _settle(connection, stand_ins)
            processes = _of_the_dispatcher(connection, psutil.Process(dispatcher.newest.pid))
            before = _processor_seconds(processes)
            work = stand_ins.work(chosen.seconds)
            used = _processor_seconds(processes) - before
        except psutil.NoSuchProcess:
            raise RuntimeError(f"the dispatcher lost its lease or a connection:\n{_log()}") from None
        finally:
            dispatcher.stop()
        stand_ins.finish()
    return Rate(work.jobs / work.seconds, work.jobs / used, work.paused / work.seconds)


def _settle(connection: psycopg.Connection[Any], stand_ins: StandIns) -> None:
    """Until the dispatcher works in one term: who reads for longer than its lease lasts begins another."""
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        term = _term(connection)
        if stand_ins.work(WARM_UP).jobs and _term(connection) == term:
            return
    raise RuntimeError(f"the dispatcher did not come to work in {PATIENCE:g} s:\n{_log()}")


def _term(connection: psycopg.Connection[Any]) -> int:
    [term] = connection.execute("SELECT term FROM tasks_leader WHERE name = 'dispatcher'").fetchone() or [0]
    return int(term)


def _of_the_dispatcher(connection: psycopg.Connection[Any], process: psutil.Process) -> list[psutil.Process]:
    """Itself and the other ends of its connections in Postgres; the estimator beside it has its own."""
    ports = [each.laddr.port for each in process.net_connections("tcp")]
    backends = connection.execute("SELECT pid FROM pg_stat_activity WHERE client_port = ANY(%s)", [ports])
    return [process, *(psutil.Process(pid) for (pid,) in backends)]


def _processor_seconds(processes: list[psutil.Process]) -> float:
    return sum(times.user + times.system for times in (process.cpu_times() for process in processes))


def _log() -> str:
    return "".join(path.read_text() for path in Path(os.environ[LOGS]).glob("dispatch-*.log"))[-2000:]


def _median(rates: list[Rate]) -> Rate:
    return Rate(*(median(getattr(rate, field.name) for rate in rates) for field in fields(Rate)))


def _print(found: list[tuple[Backlog, Rate]], chosen: Namespace) -> None:
    how = "one job a message" if chosen.alone else "with runs"
    table = Table(title=f"Dispatch, {how}, median of {chosen.rounds} times {chosen.seconds:g} s")
    for column in ("queued", "sessions", "went through", "its processor time allows", "stand-ins paused"):
        table.add_column(column, justify="right")
    for backlog, rate in found:
        cells = (f"{rate.jobs:,.0f}/s", f"{rate.allowed:,.0f}/s", f"{rate.paused:.0%}")
        table.add_row(f"{backlog.jobs:,}", f"{backlog.sessions:,}", *cells)
    console.print(table)
    (few, shallow), (many, deep) = found
    for what, value in (("went through", deep.jobs / shallow.jobs), ("is allowed", deep.allowed / shallow.allowed)):
        goal = at_least(f"what {what} at {many.jobs:,} beside {few.jobs:,} queued", value, ASKED, "{:.2f}×")
        console.print(str(goal), highlight=False)


if __name__ == "__main__":
    main()
