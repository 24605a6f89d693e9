"""Celery carries: one message for each hand-off, to the queues of the worker that has the free slot."""

from __future__ import annotations

from collections.abc import Sequence

from celery import Celery, current_app
from kombu.exceptions import OperationalError

from tasks.transitions import HandedOff

PRIORITIES = 5


class BrokerAway(Exception):
    """Redis took no message; the hand-offs that were not sent are to be recalled."""


def queue_names(worker: str) -> list[str]:
    """The queues of one worker, the most urgent first."""
    return [queue_name(priority, worker) for priority in range(PRIORITIES)]


def queue_name(priority: int, worker: str) -> str:
    return f"p{priority}.{worker}"


def task_name(job_type: str) -> str:
    """The Celery task that runs jobs of this type: `execute-task` → `tasks.execute_task`."""
    return f"tasks.{job_type.replace('-', '_')}"


def send(handed: Sequence[HandedOff], app: Celery = current_app) -> None:
    """Publish them; raises BrokerAway where Redis does not answer. A message that came twice changes nothing."""
    try:
        with app.producer_or_acquire() as producer:
            for each in handed:
                app.send_task(
                    task_name(each.type),
                    args=[str(each.job), each.epoch],
                    exchange="",
                    routing_key=queue_name(each.priority, each.worker),
                    producer=producer,
                    retry=False,
                    ignore_result=True,
                )
    except (OperationalError, OSError) as error:
        raise BrokerAway(str(error)) from error
