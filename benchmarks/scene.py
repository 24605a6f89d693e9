"""A platform of its own for one measurement, asked over HTTP and looked at in its database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg

from benchmarks.peers.workers import LOGS, Workers
from config.embedded import Servers, servers
from config.embedded.data_folder import DataFolder, free_port


@contextmanager
def temporary_servers() -> Iterator[tuple[str, Servers]]:
    """A folder, and Postgres and Redis of their own; all of it is gone afterwards, wherever root keeps the cluster."""
    with tempfile.TemporaryDirectory(prefix="interlock-bench-") as folder:
        data = DataFolder.at(Path(folder) / "data")
        try:
            with servers(data.path) as running:
                yield folder, running
        finally:
            data.remove()


@contextmanager
def scene(name: str, **settings: str) -> Iterator[Scene]:
    """Servers, tables and the demo's workspace, for as long as the block runs; `Scene.start` starts the parts."""
    with temporary_servers() as (folder, running):
        set_environment(name, folder, DATABASE_URL=running.database_url, REDIS_URL=running.redis_url, **settings)
        here = Scene(running.database_url, prepare())
        try:
            yield here
        finally:
            here.workers.stop()
            here.http.close()
            here.database.close()


def set_environment(name: str, folder: str, **settings: str) -> None:
    """What every part that is started from here is told."""
    os.environ.update(
        SECRET_KEY="of a benchmark, long enough for Django to be content with it",
        INTERLOCK_DATA=folder,
        INTERLOCK_PARENT=str(os.getpid()),
        DJANGO_SETTINGS_MODULE="config.settings",
        BENCH_PEER=name,
        **{LOGS: folder},
        **settings,
    )


def prepare(**settings: str) -> str:
    """Tables, a first admin and the demo's workspace; the token for it."""
    argv = [sys.executable, "-m", "config.prepare", "--demo-data"]
    env = dict(os.environ) | settings
    made = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, env=env)
    return str(json.loads(made.stdout)["token"])


class Scene:
    def __init__(self, database_url: str, token: str) -> None:
        self.workers, self.port = Workers(), free_port()
        self.database = psycopg.connect(database_url, autocommit=True)
        self.http = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}",
            headers={"Authorization": f"Bearer {token}"},
            timeout=60,
            trust_env=False,
        )

    def start(self) -> None:
        """A web process, and a dispatcher that leads."""
        self.workers.start("config", "web", "--port", str(self.port))
        self.workers.start("config", "dispatcher")
        self.until(lambda: self._answers() and self.http.get("/api/queue/").json()["dispatcher"])

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
