"""How long it takes to cancel 5,000 queued jobs: `python -m benchmarks.cancelling`, on servers of its own.

From the request over HTTP until its answer, the receipt, is read; a dispatcher leads and no worker is there. Asked is a
median of at most 0.3 s.
"""

from __future__ import annotations

import time
from argparse import ArgumentParser
from statistics import median

from rich.console import Console

from benchmarks.goals import at_most
from benchmarks.scene import Scene, scene

ASKED = 0.3  # seconds


def main() -> None:
    parser = ArgumentParser(prog="python -m benchmarks.cancelling")
    parser.add_argument("--jobs", type=int, default=5000, help="queued jobs, at most 5,000")
    parser.add_argument("--rounds", type=int, default=9, help="the median of so many is shown")
    chosen = parser.parse_args()
    with scene("cancelling", INTERLOCK_JOBS_PER_MINUTE="0", INTERLOCK_MAX_CPU_PERCENT="0") as here:
        here.start()
        times = [_cancel(here, chosen.jobs) for _ in range(chosen.rounds)]
    console = Console(width=110)
    longest = f"{chosen.rounds} rounds, the longest {max(times):.3f} s"
    console.print(f"Cancelling {chosen.jobs:,} queued jobs over HTTP: {longest}", highlight=False)
    console.print(str(at_most("the median until the receipt", median(times), ASKED, "{:.3f} s")), highlight=False)


def _cancel(here: Scene, count: int) -> float:
    """Seconds until the receipt, which must name every job; nothing else goes on meanwhile."""
    here.submit(*({"tool": "echo", "args": {"value": 1}} for _ in range(count)))
    here.until(lambda: not here.number("SELECT count(*) FROM tasks_event WHERE seq IS NULL"))
    began = time.perf_counter()
    answer = here.http.post("/api/tasks/cancel/", json={"all": True})
    took = time.perf_counter() - began
    answer.raise_for_status()
    if (never_started := answer.json()["counts"]["never_started"]) != count:
        raise RuntimeError(f"{never_started} of {count} jobs were cancelled")
    here.until(lambda: not here.number("SELECT count(*) FROM tasks_event WHERE seq IS NULL"))
    return took


if __name__ == "__main__":
    main()
