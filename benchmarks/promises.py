"""How long somebody waits in the cases that matter: `python -m benchmarks.promises`, on servers of its own.

* The first job of a new session while another has 5,000 queued: at most one job's length and 100 ms.
* After kill -9 of a worker, until its jobs run again on another one, with the default settings: at most 30 s.
* After a graceful stop of a worker: at most 3 s.
* After kill -9 of the leading dispatcher, until the next one leads: at most 5 s.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import psutil
import psycopg
from rich.console import Console
from rich.table import Table

from benchmarks.peers.workers import LOGS, Workers
from config.embedded import servers
from config.embedded.data_folder import free_port

LENGTH = 0.2  # seconds of each job of the flood
FLOOD = 5000
PROBES = 10
SLOTS = 4


class Scene:
    """A platform, asked over HTTP and looked at in its database."""

    def __init__(self, folder: str, database_url: str, token: str) -> None:
        self.folder, self.token = folder, token
        self.workers, self.port = Workers(), free_port()
        self.database = psycopg.connect(database_url, autocommit=True)
        self.http = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}",
            headers={"Authorization": f"Bearer {token}"},
            timeout=60,
            trust_env=False,
        )

    def start(self) -> None:
        self.workers.start("config", "web", "--port", str(self.port))
        self.workers.start("config", "dispatcher")
        self.until(lambda: self._answers() and self.http.get("/api/queue/").json()["dispatcher"])

    def worker(self) -> subprocess.Popen[bytes]:
        """One more, in the order of its coming."""
        known = self.number("SELECT count(*) FROM tasks_worker")
        self.workers.start("config", "worker", "--concurrency", str(SLOTS), "--name", f"bench-{known}")
        self.until(lambda: self.number("SELECT count(*) FROM tasks_worker") > known)
        return self.workers.newest

    def submit(self, *tasks: dict[str, Any]) -> list[str]:
        answer = self.http.post("/api/tasks/batch/", json={"tasks": tasks})
        answer.raise_for_status()
        return [job["id"] for job in answer.json()["results"]]

    def number(self, query: str, *parameters: object) -> float:
        row = self.database.execute(query, parameters).fetchone()
        return float(row[0] or 0) if row else 0.0

    def until(self, condition: Callable[[], object], seconds: float = 120) -> float:
        """Seconds until the condition held."""
        began = time.monotonic()
        while not condition():
            if time.monotonic() - began > seconds:
                raise RuntimeError("waited in vain")
            time.sleep(0.005)
        return time.monotonic() - began

    def _answers(self) -> bool:
        try:
            return self.http.get("/healthz").is_success
        except httpx.TransportError:
            return False

    def cancel_all(self) -> None:
        self.http.post("/api/tasks/cancel/", json={"all": True}).raise_for_status()
        self.until(lambda: not self.number("SELECT count(*) FROM tasks_agentjob WHERE state IN ('queued', 'running')"))


def first_of_a_new_session(scene: Scene) -> list[float]:
    """Seconds from the answer of the submission to the start, while the flood holds all slots."""
    scene.submit(*({"command": ["sleep", str(LENGTH)], "session": "flood"} for _ in range(FLOOD)))
    scene.until(lambda: scene.number("SELECT count(*) FROM tasks_agentjob WHERE state = 'running'") >= SLOTS)
    waits = []
    for number in range(PROBES):
        [job] = scene.submit({"command": ["true"], "session": f"new-{number}"})
        begun = "SELECT count(*) FROM tasks_agentjob WHERE id = %s AND attempt > 0"
        scene.until(lambda id=job, query=begun: scene.number(query, id))
        waits.append(
            scene.number("SELECT extract(epoch FROM started_at - created_at) FROM tasks_agentjob WHERE id = %s", job)
        )
    scene.cancel_all()
    return waits


def run_again(scene: Scene, worker: subprocess.Popen[bytes], number: signal.Signals) -> list[float]:
    """Seconds from the signal to the worker until its jobs run on the other one."""
    other = scene.worker()
    running = "SELECT count(*) FROM tasks_agentjob WHERE state = 'running' AND attempt >= %s AND id = ANY(%s::uuid[])"
    psutil.Process(other.pid).suspend()  # what is handed to it comes back: the jobs run on the first one
    jobs = scene.submit(*({"command": ["sleep", "600"], "session": f"long-{n}"} for n in range(SLOTS)))
    scene.until(lambda: scene.number(running, 1, jobs) == SLOTS)
    psutil.Process(other.pid).resume()
    worker.send_signal(number)
    took = scene.until(lambda: scene.number(running, 2, jobs) == SLOTS)
    scene.cancel_all()
    return [took]


def next_leader(scene: Scene) -> list[float]:
    leader = next(process for process in scene.workers.running if "dispatcher" in psutil.Process(process.pid).cmdline())
    scene.workers.start("config", "dispatcher")
    time.sleep(2)
    term = scene.number("SELECT term FROM tasks_leader")
    leader.kill()
    return [scene.until(lambda: scene.number("SELECT term FROM tasks_leader WHERE until > now()") > term)]


@contextmanager
def staged() -> Iterator[Scene]:
    """A platform on servers of its own, with a web and a dispatcher."""
    with tempfile.TemporaryDirectory(prefix="interlock-bench-") as folder, servers(Path(folder) / "data") as running:
        os.environ.update(
            DATABASE_URL=running.database_url,
            REDIS_URL=running.redis_url,
            SECRET_KEY="of a benchmark, long enough for Django to be content with it",
            INTERLOCK_DATA=folder,
            INTERLOCK_PARENT=str(os.getpid()),
            DJANGO_SETTINGS_MODULE="config.settings",
            WORKERS_PER_SESSION="1000",
            INTERLOCK_MAX_CPU_PERCENT="0",
            BENCH_PEER="promises",
            **{LOGS: folder},
        )
        argv = [sys.executable, "-m", "config.prepare", "--demo-data"]
        made = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
        scene = Scene(folder, running.database_url, json.loads(made.stdout)["token"])
        try:
            scene.start()
            yield scene
        finally:
            scene.workers.stop()
            scene.http.close()
            scene.database.close()


def main() -> None:
    with staged() as scene:
        worker = scene.worker()
        rows = [
            ("first job of a new session behind 5,000", first_of_a_new_session(scene), LENGTH + 0.1),
            ("its jobs run again after kill -9 of a worker", run_again(scene, worker, signal.SIGKILL), 30.0),
            ("the same after a graceful stop", run_again(scene, scene.workers.newest, signal.SIGTERM), 3.0),
            ("another dispatcher leads after kill -9", next_leader(scene), 5.0),
        ]
    table = Table(title="Seconds")
    for column in ("", "median", "longest", "asked"):
        table.add_column(column, justify="left" if not column else "right")
    for name, seconds, asked in rows:
        table.add_row(name, f"{median(seconds):.2f}", f"{max(seconds):.2f}", f"≤ {asked:.1f}")
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
