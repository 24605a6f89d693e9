"""Answers over a deep table: `python -m benchmarks.depth`, on servers of its own.

A million finished and a hundred thousand queued jobs in fifty sessions, a dispatcher that leads, a web process; then
one client asks over HTTP, one question after the other. The requirement: p99 of at most 100 ms for each.
"""

from __future__ import annotations

import random
import time
from argparse import ArgumentParser
from collections.abc import Callable
from statistics import median, quantiles
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from benchmarks.filling import fill, open_sessions, without_events
from benchmarks.scene import Scene, scene

SESSIONS = 50
APART = 0.5  # seconds from one submission to the next
SEED = 3


def main() -> None:
    parser = ArgumentParser(prog="python -m benchmarks.depth")
    parser.add_argument("--finished", type=int, default=1_000_000)
    parser.add_argument("--queued", type=int, default=100_000)
    parser.add_argument("--asked", type=int, default=200)
    chosen = parser.parse_args()
    with scene("depth") as here:
        sessions = open_sessions(here.database, SESSIONS)
        with without_events(here.database):
            fill(here.database, sessions, chosen.finished, state="completed", apart=APART)
            fill(here.database, sessions, chosen.queued, apart=APART)
        here.start()
        _print(_measure(here, chosen.asked), chosen.finished, chosen.queued)


def _measure(here: Scene, asked: int) -> dict[str, list[float]]:
    dice, http = random.Random(SEED), here.http
    rows = here.database.execute(
        "SELECT id::text, session_id::text, priority FROM tasks_agentjob WHERE state = 'queued' ORDER BY random() "
        "LIMIT %s",
        [5 * asked + 10],
    ).fetchall()
    finished = "SELECT id::text FROM tasks_agentjob TABLESAMPLE SYSTEM (2) WHERE state = 'completed'"
    over = [row[0] for row in here.database.execute(finished)]
    queued = iter(rows)

    def move(**where: Any) -> httpx.Response:
        return http.post("/api/tasks/move/", json={"ids": [next(queued)[0]], **where})

    questions: dict[str, Callable[[], httpx.Response]] = {
        "list, newest": lambda: http.get("/api/tasks/"),
        "list, queued": lambda: http.get("/api/tasks/", params={"state": "queued"}),
        "list, one session": lambda: http.get("/api/tasks/", params={"session": f"deep-{dice.randint(1, SESSIONS)}"}),
        "show, finished": lambda: http.get(f"/api/tasks/{dice.choice(over)}/"),
        "show, queued, with position": lambda: http.get(f"/api/tasks/{next(queued)[0]}/"),
        "reorder, to the front": lambda: move(to="front"),
        "reorder, ahead of others": lambda: move(to="front", scope="queue"),
        "cancel one": lambda: http.post(f"/api/tasks/{next(queued)[0]}/cancel/"),
    }
    found: dict[str, list[float]] = {}
    for name, ask in questions.items():
        ask()
        times = []
        for _ in range(asked):
            began = time.perf_counter()
            answer = ask()
            times.append((time.perf_counter() - began) * 1000)
            if answer.is_error:
                raise RuntimeError(f"{name}: {answer.status_code} {answer.text[:300]}")
        found[name] = times
    return found


def _print(found: dict[str, list[float]], finished: int, queued: int) -> None:
    table = Table(title=f"Milliseconds over HTTP, {finished:,} finished and {queued:,} queued jobs")
    table.add_column("asked")
    for column in ("p50", "p99", "longest"):
        table.add_column(column, justify="right")
    for name, times in found.items():
        table.add_row(name, f"{median(times):.1f}", f"{quantiles(times, n=100)[-1]:.1f}", f"{max(times):.1f}")
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
