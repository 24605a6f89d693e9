"""Celery with its results in Postgres through django-celery-results, else like the bare one."""

from __future__ import annotations

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.peers.django_settings"

import django
from celery import Celery

from benchmarks.stamps import stamp

django.setup()
app = Celery("results", broker=os.environ["BENCH_REDIS_URL"], backend="django-db")
# A connection that is kept; by default Celery opens one for each task.
app.conf.update(broker_connection_retry_on_startup=True, CELERY_DB_REUSE_MAX=1_000_000)


@app.task
def noop() -> None:
    stamp()
