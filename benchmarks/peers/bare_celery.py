"""Celery without results: nobody knows afterwards what ran."""

from __future__ import annotations

from benchmarks.peers.celery_app import app, noop
from benchmarks.peers.workers import Workers

OPTIONS = ("--pool", "prefork", "--loglevel", "WARNING", "--without-gossip", "--without-mingle")


class Peer:
    def __init__(self) -> None:
        self._workers = Workers()

    def prepare(self) -> None:
        with app.connection_for_write() as connection:
            connection.ensure_connection()

    def submit(self, count: int = 1) -> None:
        for _ in range(count):
            noop.delay()

    def submit_many(self, count: int) -> bool:
        return False

    def start(self, slots: int) -> None:
        self._workers.start("celery", "-A", "benchmarks.peers.celery_app", "worker", "-c", str(slots), *OPTIONS)

    def finished(self) -> None:
        return None

    def stop(self) -> None:
        self._workers.stop()
