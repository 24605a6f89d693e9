"""Interlock as a library is called: parse and `submit`, in this process, as the web's own database role."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.peers.interlock_part import NOOP
from benchmarks.peers.records import Records
from benchmarks.peers.workers import LOGS, Workers

PART = "benchmarks.peers.interlock_part"
ONE = json.dumps({"tool": NOOP}).encode()


class Peer:
    def __init__(self) -> None:
        self._workers = Workers()
        self._records = Records(
            "SELECT count(*) FROM tasks_agentjob WHERE state = 'completed'",
            "SELECT set_config('interlock.all_workspaces', 'on', false)",
        )
        self._actor: Any = None

    def prepare(self) -> None:
        self.settle_in()
        os.environ.update(INTERLOCK_PROCESS="web", DJANGO_SETTINGS_MODULE="config.settings")
        import django

        django.setup()
        from django.contrib.auth import get_user_model

        from agents.actor import of_user

        self._actor = of_user(get_user_model()._default_manager.get(username="admin"))

    def settle_in(self) -> str:
        """Tables, a first admin and the demo's workspace; the token for it."""
        os.environ.update(
            DATABASE_URL=os.environ["BENCH_DATABASE_URL"],
            REDIS_URL=os.environ["BENCH_REDIS_URL"],
            SECRET_KEY="of a benchmark, long enough for Django to be content with it",
            INTERLOCK_DATA=os.environ[LOGS],
            INTERLOCK_PARENT=str(os.getpid()),
            WORKERS_PER_SESSION="1000",  # one session's cap is no part of the comparison
            INTERLOCK_JOBS_PER_MINUTE="0",  # nor is the limit on what one party creates
            INTERLOCK_MAX_CPU_PERCENT="0",  # nor are limits under load: this is the load
        )
        argv = [sys.executable, "-m", "config.prepare", "--demo-data"]
        with (Path(os.environ[LOGS]) / f"{os.environ['BENCH_PEER']}-prepare.log").open("w") as log:
            made = subprocess.run(argv, stdout=subprocess.PIPE, stderr=log, text=True, check=True)
        return str(json.loads(made.stdout)["token"])

    def submit(self, count: int = 1) -> None:
        for _ in range(count):
            self._submit(ONE)

    def submit_many(self, count: int) -> bool:
        self._submit(json.dumps({"tasks": [{"tool": NOOP}] * count}).encode())
        return True

    def _submit(self, body: bytes) -> None:
        from agents.tenancy import as_user
        from tasks.spec import parse
        from tasks.submit import submit
        from tasks.submit_at_once import submit_at_once

        specs = parse(body, "application/json")
        if submit_at_once(self._actor, specs) is None:
            with as_user(self._actor):
                submit(self._actor, specs, last=True)

    def start(self, slots: int) -> None:
        self._workers.start(PART, "dispatcher")
        self._workers.start(PART, "worker", "--concurrency", str(slots), "--name", "bench")

    def finished(self) -> int:
        return self._records.count()

    def stop(self) -> None:
        self._workers.stop()
