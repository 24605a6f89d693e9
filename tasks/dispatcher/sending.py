"""Celery carries: one message for each hand-off, to the queues of the worker that has the free slot."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from uuid import UUID

from celery import current_app
from kombu import Connection, Producer
from kombu.exceptions import OperationalError

from tasks.transitions import HandedOff

PRIORITIES = 5
SOON = {"max_retries": 0, "socket_connect_timeout": 1, "socket_timeout": 2}


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


class Carrier:
    """The dispatcher's connection to the broker. It gives up soon: who leads must not wait longer than its lease."""

    def __init__(self) -> None:
        self._connection: Connection | None = None

    def send(self, handed: Sequence[HandedOff]) -> None:
        """Publish one message for each run; raises BrokerAway where Redis does not answer.

        A message that came twice changes nothing. The Celery task's id is `job.epoch` of its first job, so that
        Flower and logs name it.
        """
        runs: dict[UUID, list[HandedOff]] = {}
        for each in handed:
            runs.setdefault(each.run, []).append(each)
        connection = self._connection = self._connection or current_app.connection_for_write(transport_options=SOON)
        try:
            producer = Producer(connection)
            for members in runs.values():
                _publish(producer, members)
        except (OperationalError, OSError, *connection.connection_errors, *connection.channel_errors) as error:
            self.close()
            raise BrokerAway(str(error)) from error

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):  # a broken connection may fail to close; it is dropped either way
                connection.close()


def _publish(producer: Producer, members: Sequence[HandedOff]) -> None:
    """Celery's message, straight into the worker's queue (the anonymous exchange takes a queue as the key).

    Source: https://docs.celeryq.dev/en/stable/internals/protocol.html#version-2
    """
    first = members[0]
    jobs = [(str(each.job), each.epoch) for each in members]
    message = current_app.amqp.as_task_v2(
        f"{first.job}.{first.epoch}",
        task_name(first.type),
        [jobs],
        {},
        ignore_result=True,
        argsrepr=_shown(members),
        kwargsrepr="{}",
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


def _shown(members: Sequence[HandedOff]) -> str:
    """What Flower shows of the message."""
    more = f" and {len(members) - 1} more" if len(members) > 1 else ""
    return f"{members[0].job}, epoch {members[0].epoch}{more}"
