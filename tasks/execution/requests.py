"""Celery's request for a job, in the worker's parent process: it tells the keeper when a child died."""

from __future__ import annotations

from typing import Any

from billiard.exceptions import WorkerLostError
from celery import Task
from celery.worker.request import Request

from tasks.execution import keeping
from tasks.execution.keeper import members_of


class JobRequest(Request):
    def on_failure(self, exc_info: Any, send_failed_event: bool = True, return_ok: bool = False) -> Any:
        error = exc_info.exception
        if isinstance(getattr(error, "exc", error), WorkerLostError):  # billiard wraps it to carry its traceback
            keeping.process_died(members_of(self))
        return super().on_failure(exc_info, send_failed_event, return_ok)


class JobTask(Task):
    """Base of the four job types' tasks: acknowledged early, since Postgres recovers; no result, no retry."""

    Request = JobRequest
    acks_late = False
    ignore_result = True
    max_retries = 0
    abstract = True
