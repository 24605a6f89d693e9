"""Procrastinate: the queue is in Postgres, woken by LISTEN and NOTIFY."""

from __future__ import annotations

from benchmarks.peers.procrastinate_app import app, noop
from benchmarks.peers.records import Records
from benchmarks.peers.workers import Workers


class Peer:
    def __init__(self) -> None:
        self._workers = Workers()
        self._records = Records("SELECT count(*) FROM procrastinate_jobs WHERE status = 'succeeded'")

    def prepare(self) -> None:
        app.open()
        app.schema_manager.apply_schema()

    def submit(self, count: int = 1) -> None:
        for _ in range(count):
            noop.defer()

    def submit_many(self, count: int) -> bool:
        noop.batch_defer(*({} for _ in range(count)))
        return True

    def start(self, slots: int) -> None:
        app_path = "benchmarks.peers.procrastinate_app.app"
        self._workers.start("procrastinate", "--app", app_path, "worker", "--concurrency", str(slots))

    def finished(self) -> int:
        return self._records.count()

    def stop(self) -> None:
        self._workers.stop()
        app.close()
