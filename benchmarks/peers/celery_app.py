"""Celery as people run it who want it fast: early acknowledgement, results ignored, a prefork pool."""

from __future__ import annotations

import os

from celery import Celery

from benchmarks.stamps import stamp

app = Celery("bare", broker=os.environ["BENCH_REDIS_URL"])
app.conf.update(task_ignore_result=True, broker_connection_retry_on_startup=True)


@app.task
def noop() -> None:
    stamp()
