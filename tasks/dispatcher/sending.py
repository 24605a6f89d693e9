"""Celery carries: one message for each hand-off, to the queues of the worker that has the free slot."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from celery import current_app
from kombu import Producer
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


def send(handed: Sequence[HandedOff]) -> None:
    """Publish one message for each run; raises BrokerAway where Redis does not answer.

    A message that came twice changes nothing. The Celery task's id is `job.epoch` of its first job, so that Flower
    and logs name it.
    """
    runs: dict[UUID, list[HandedOff]] = {}
    for each in handed:
        runs.setdefault(each.run, []).append(each)
    try:
        with current_app.producer_or_acquire() as producer:
            for members in runs.values():
                _publish(producer, members)
    except (OperationalError, OSError) as error:
        raise BrokerAway(str(error)) from error


def _publish(producer: Producer, members: Sequence[HandedOff]) -> None:
    """Celery's message, straight into the worker's queue (the anonymous exchange takes a queue as the key).

    Source: https://docs.celeryq.dev/en/stable/internals/protocol.html#version-2
    """
    first = members[0]
    jobs = [(str(each.job), each.epoch) for each in members]
    message = current_app.amqp.as_task_v2(
        f"{first.job}.{first.epoch}", task_name(first.type), [jobs], {}, ignore_result=True
    )
    producer.publish(
        message.body,
        exchange="",
        routing_key=queue_name(first.priority, first.worker),
        serializer="json",
        headers=message.headers,
        retry=False,
        **message.properties,
    )
