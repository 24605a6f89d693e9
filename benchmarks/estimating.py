"""What foreseeing 10,000 queued jobs costs: `python -m benchmarks.estimating`, on a Postgres of its own.

Prints processor seconds of the estimator and of its Postgres backend for one round, as shares of a core at a round
every two seconds. The requirement: a round at least every 2 s at no more than 25 % of one core.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks.scene import prepare, set_environment, temporary_servers

QUEUED = 10_000
BATCH = 2500
SESSIONS = (4, 100, 2000)
ROUNDS = 7


def main() -> None:
    with temporary_servers() as (folder, running):
        set_environment(
            "estimating",
            folder,
            DATABASE_URL=running.database_url,
            REDIS_URL=running.redis_url,
            INTERLOCK_PROCESS="dispatcher",
            INTERLOCK_JOBS_PER_MINUTE="0",  # it fills the queue anew for each row
        )
        prepare()
        import django

        django.setup()
        table = Table(title=f"One round over {QUEUED:,} queued jobs, medians of {ROUNDS}")
        for column in ("sessions", "estimator, s", "Postgres, s", "wall, s", "share of a core at 2 s"):
            table.add_column(column, justify="right")
        for sessions in SESSIONS:
            table.add_row(*_measure(sessions))
        Console(width=110).print(table)


def _measure(sessions: int) -> tuple[str, ...]:
    from django.db import connection

    from agents import garbage
    from tasks.estimator import Estimator

    garbage.settle()  # as its process does
    _fill(sessions)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    estimator, rounds = Estimator(), []
    estimator.refresh()
    for _ in range(ROUNDS):
        before, ours, began = _processor_seconds(backend), time.process_time(), time.perf_counter()
        estimator.refresh()
        took = time.process_time() - ours, _processor_seconds(backend) - before, time.perf_counter() - began
        rounds.append(took)
    ours, theirs, wall = (median(column) for column in zip(*rounds, strict=True))
    return f"{sessions:,}", f"{ours:.3f}", f"{theirs:.2f}", f"{wall:.3f}", f"{(ours + theirs) / max(2.0, wall):.0%}"


def _fill(sessions: int) -> None:
    """The queue, anew."""
    from django.contrib.auth import get_user_model
    from django.db import connection

    from agents.actor import of_user
    from agents.tenancy import as_user
    from tasks.spec import from_value
    from tasks.submit import submit

    with connection.cursor() as cursor:
        cursor.execute("UPDATE tasks_agentjob SET state = 'cancelled' WHERE state = 'queued'")
        cursor.execute(
            "INSERT INTO tasks_worker "
            "(id, name, host, pid, slots, capabilities, started_at, heartbeat_at, lease_until) "
            "VALUES ('w', 'w', 'h', 1, 10, '{}', now(), now(), now() + interval '1 h') ON CONFLICT DO NOTHING"
        )
    actor = of_user(get_user_model()._default_manager.get(username="admin"))
    for first in range(0, QUEUED, BATCH):
        tasks = [
            {"tool": "echo", "args": {"value": 1}, "session": f"s{number % sessions}", "priority": f"P{number % 5}"}
            for number in range(first, first + BATCH)
        ]
        with as_user(actor):
            submit(actor, from_value({"tasks": tasks}))


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
