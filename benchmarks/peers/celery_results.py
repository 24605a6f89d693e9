"""Celery with django-celery-results: a row for each job that ended."""

from __future__ import annotations

from django.core.management import call_command

from benchmarks.peers.bare_celery import OPTIONS
from benchmarks.peers.celery_results_app import app, noop
from benchmarks.peers.records import Records
from benchmarks.peers.workers import Workers


class Peer:
    def __init__(self) -> None:
        self._workers = Workers()
        self._records = Records("SELECT count(*) FROM django_celery_results_taskresult WHERE status = 'SUCCESS'")

    def prepare(self) -> None:
        call_command("migrate", verbosity=0)
        with app.connection_for_write() as connection:
            connection.ensure_connection()

    def submit(self, count: int = 1) -> None:
        for _ in range(count):
            noop.delay()

    def submit_many(self, count: int) -> bool:
        return False

    def start(self, slots: int) -> None:
        self._workers.start("celery", "-A", "benchmarks.peers.celery_results_app", "worker", "-c", str(slots), *OPTIONS)

    def finished(self) -> int:
        return self._records.count()

    def stop(self) -> None:
        self._workers.stop()
