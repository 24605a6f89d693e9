"""`make bench`: Interlock beside other queues, the same no-op work on the same servers and machine in one run.

    python -m benchmarks.run [--jobs N] [--probes N] [--slots N] [--batch N] [--rounds N] [--only PEER …]

Prints one table of figures, each with its ratio to bare Celery, and what was asked with what was reached; writes the
figures to .benchmarks/latest.json. BullMQ is left out, with a sentence, where Node or npm cannot be had.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
import redis
from rich.console import Console
from rich.table import Table

from benchmarks import goals, stamps
from benchmarks.goals import YARDSTICK
from benchmarks.measure import Effort, Figures
from benchmarks.peers import node_packages
from benchmarks.peers.workers import LOGS
from benchmarks.scene import temporary_servers
from config.embedded import Servers

PEERS = {
    "bare_celery": "Celery, results ignored",
    "celery_results": "Celery, django-celery-results",
    "procrastinate": "Procrastinate",
    "bullmq": "BullMQ",
    "interlock": "Interlock, submit()",
    "interlock_rest": "Interlock, REST",
}
COLUMNS = {
    "enqueue": "enqueue, one by one",
    "batch": "enqueue, one call",
    "drain": "drain",
    "p50": "idle start p50",
    "p99": "idle start p99",
}
RECORD = Path(__file__).resolve().parents[1] / ".benchmarks" / "latest.json"
console = Console(width=130)


def main() -> None:
    chosen = _arguments()
    effort = Effort(chosen.jobs, chosen.probes, chosen.slots, chosen.batch)
    peers = _at_hand(chosen.only)
    found: dict[str, list[Figures]] = {peer: [] for peer in peers}
    with temporary_servers() as (folder, running):
        for turn in range(chosen.rounds):
            for peer in peers:
                console.print(f"[dim]{PEERS[peer]} …[/dim]")
                if figures := _drive(peer, turn, effort, running, Path(folder)):
                    found[peer].append(figures)
    medians = {peer: _median(each) for peer, each in found.items() if each}
    console.print(_table(medians, effort, chosen.rounds))
    for goal in goals.judge(medians):
        console.print(str(goal), highlight=False)
    _keep(medians, effort)
    if len(medians) < len(found):
        sys.exit(1)


def _arguments() -> Namespace:
    parser = ArgumentParser(description="Compare Interlock with other queues on this machine.")
    parser.add_argument("--jobs", type=int, default=5000, help="jobs in the backlog")
    parser.add_argument("--probes", type=int, default=200, help="single jobs on an idle queue")
    parser.add_argument("--slots", type=int, default=4, help="jobs that run at once")
    parser.add_argument("--batch", type=int, default=5000, help="jobs of the batch over HTTP that is measured alone")
    parser.add_argument("--rounds", type=int, default=1, help="the median of so many is shown")
    parser.add_argument("--only", nargs="+", choices=list(PEERS), default=list(PEERS))
    return parser.parse_args()


def _at_hand(chosen: Sequence[str]) -> list[str]:
    """Those of the queues that can be measured here; a missing Node is no failure of a run."""
    if "bullmq" not in chosen:
        return list(chosen)
    try:
        node_packages.install()
    except node_packages.Unavailable as reason:
        console.print(f"[yellow]{reason}[/yellow]")
        return [peer for peer in chosen if peer != "bullmq"]
    return list(chosen)


def _drive(peer: str, turn: int, effort: Effort, running: Servers, folder: Path) -> Figures | None:
    """The figures of one queue on a database of its own and an empty Redis; None where it did not work."""
    redis_url = f"{running.redis_url.rpartition('/')[0]}/{list(PEERS).index(peer) + 1}"
    with redis.Redis.from_url(redis_url) as client:
        client.flushdb()
    seen = folder / f"{peer}-{turn}.stamps"
    seen.touch()
    env = {name: value for name, value in os.environ.items() if not name.startswith(("INTERLOCK_", "DJANGO_"))}
    env |= {
        "BENCH_PEER": peer,
        "BENCH_EFFORT": json.dumps(asdict(effort)),
        "BENCH_DATABASE_URL": _new_database(running, f"{peer}_{turn}"),
        "BENCH_REDIS_URL": redis_url,
        LOGS: str(folder),
        stamps.VARIABLE: str(seen),
    }
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.drive"], env=env, stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        for log in sorted(folder.glob(f"{peer}-*.log")):
            console.print(f"[dim]{log.name}: {log.read_text(errors='replace')[-2000:]}[/dim]", markup=False)
        console.print(f"[red]{PEERS[peer]} could not be measured.[/red]")
        return None
    return Figures(**json.loads(done.stdout))


def _new_database(running: Servers, name: str) -> str:
    server = running.database_url.rpartition("/")[0]
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE bench_{name}")
    return f"{server}/bench_{name}"


def _median(rounds: list[Figures]) -> Figures:
    def of(name: str) -> Any:
        values = [value for figures in rounds if (value := getattr(figures, name)) is not None]
        return median(values) if values else None

    return Figures(**{field.name: of(field.name) for field in fields(Figures)})


def _table(found: dict[str, Figures], effort: Effort, rounds: int) -> Table:
    title = f"{effort.jobs:,} no-op jobs, {effort.slots} slots, {effort.probes} probes, median of {rounds}"
    table = Table(title=title, caption="× is the ratio to bare Celery; of latencies less is better")
    table.add_column("queue")
    for heading in COLUMNS.values():
        table.add_column(heading, justify="right")
    yardstick = found.get(YARDSTICK)
    for peer, figures in found.items():
        cells = (_cell(getattr(figures, name), getattr(yardstick, name, None), name) for name in COLUMNS)
        table.add_row(PEERS[peer], *cells)
    return table


def _cell(value: float | None, beside: float | None, name: str) -> str:
    if value is None:
        return "–"
    text = f"{value * 1000:.1f} ms" if name.startswith("p") else f"{value:,.0f}/s"
    return f"{text}  {value / beside:.2f}×" if beside else text


def _keep(found: dict[str, Figures], effort: Effort) -> None:
    RECORD.parent.mkdir(exist_ok=True)
    figures = {peer: asdict(each) for peer, each in found.items()}
    record = {"at": datetime.now(UTC).isoformat(), "effort": asdict(effort), "figures": figures}
    RECORD.write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    main()
