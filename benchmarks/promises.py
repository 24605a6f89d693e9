"""How long somebody waits in the cases that matter: `python -m benchmarks.promises`, on servers of its own.

* The first job of a new session while another has 5,000 queued: at most one job's length and 100 ms.
* After kill -9 of a worker, until its jobs run again on another one, with the default settings: at most 30 s.
* After a graceful stop of a worker: at most 3 s.
* After kill -9 of the leading dispatcher, until the next one leads: at most 5 s.
"""

from __future__ import annotations

import signal
import subprocess
import time
from statistics import median

import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.scene import Scene, scene

LENGTH = 0.2  # seconds of each job of the flood
FLOOD = 5000
PROBES = 10
SLOTS = 4


def a_worker(here: Scene) -> subprocess.Popen[bytes]:
    """One more, in the order of its coming."""
    known = here.number("SELECT count(*) FROM tasks_worker")
    here.workers.start("config", "worker", "--concurrency", str(SLOTS), "--name", f"bench-{known}")
    here.until(lambda: here.number("SELECT count(*) FROM tasks_worker") > known)
    return here.workers.newest


def cancel_all(here: Scene) -> None:
    here.http.post("/api/tasks/cancel/", json={"all": True}).raise_for_status()
    here.until(lambda: not here.number("SELECT count(*) FROM tasks_agentjob WHERE state IN ('queued', 'running')"))


def first_of_a_new_session(here: Scene) -> list[float]:
    """Seconds from the answer of the submission to the start, while the flood holds all slots."""
    here.submit(*({"command": ["sleep", str(LENGTH)], "session": "flood"} for _ in range(FLOOD)))
    here.until(lambda: here.number("SELECT count(*) FROM tasks_agentjob WHERE state = 'running'") >= SLOTS)
    waits = []
    for number in range(PROBES):
        [job] = here.submit({"command": ["true"], "session": f"new-{number}"})
        begun = "SELECT count(*) FROM tasks_agentjob WHERE id = %s AND attempt > 0"
        here.until(lambda id=job, query=begun: here.number(query, id))
        waits.append(
            here.number("SELECT extract(epoch FROM started_at - created_at) FROM tasks_agentjob WHERE id = %s", job)
        )
    cancel_all(here)
    return waits


def run_again(here: Scene, worker: subprocess.Popen[bytes], number: signal.Signals) -> list[float]:
    """Seconds from the signal to the worker until its jobs run on the other one."""
    other = a_worker(here)
    running = "SELECT count(*) FROM tasks_agentjob WHERE state = 'running' AND attempt >= %s AND id = ANY(%s::uuid[])"
    psutil.Process(other.pid).suspend()  # what is handed to it comes back: the jobs run on the first one
    jobs = here.submit(*({"command": ["sleep", "600"], "session": f"long-{n}"} for n in range(SLOTS)))
    here.until(lambda: here.number(running, 1, jobs) == SLOTS)
    psutil.Process(other.pid).resume()
    worker.send_signal(number)
    took = here.until(lambda: here.number(running, 2, jobs) == SLOTS)
    cancel_all(here)
    return [took]


def next_leader(here: Scene) -> list[float]:
    leader = next(process for process in here.workers.running if "dispatcher" in psutil.Process(process.pid).cmdline())
    here.workers.start("config", "dispatcher")
    time.sleep(2)
    term = here.number("SELECT term FROM tasks_leader")
    leader.kill()
    return [here.until(lambda: here.number("SELECT term FROM tasks_leader WHERE until > now()") > term)]


def main() -> None:
    with scene("promises", WORKERS_PER_SESSION="1000", INTERLOCK_MAX_CPU_PERCENT="0") as here:
        here.start()
        worker = a_worker(here)
        rows = [
            ("first job of a new session behind 5,000", first_of_a_new_session(here), LENGTH + 0.1),
            ("its jobs run again after kill -9 of a worker", run_again(here, worker, signal.SIGKILL), 30.0),
            ("the same after a graceful stop", run_again(here, here.workers.newest, signal.SIGTERM), 3.0),
            ("another dispatcher leads after kill -9", next_leader(here), 5.0),
        ]
    table = Table(title="Seconds")
    for column in ("", "median", "longest", "asked"):
        table.add_column(column, justify="left" if not column else "right")
    for name, seconds, asked in rows:
        table.add_row(name, f"{median(seconds):.2f}", f"{max(seconds):.2f}", f"≤ {asked:.1f}")
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
