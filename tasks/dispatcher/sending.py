"""Celery carries: one message for each hand-off, to the queues of the worker that has the free slot."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from functools import cache, cached_property
from typing import Any
from uuid import UUID

from celery import current_app
from kombu import Connection
from kombu.exceptions import OperationalError
from kombu.transport import redis

from tasks.transitions import HandOff, Ticket

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


class Channel(redis.Channel):
    """A channel that keeps its client: kombu's makes a new one for each message, over the same connections."""

    def put(self, queue: str, body: list[Any], headers: dict[str, Any], properties: dict[str, Any]) -> None:
        """Publish a message, by the anonymous exchange, which takes a queue as the key."""
        message = self.prepare_message(
            json.dumps(body),
            content_type="application/json",
            content_encoding="utf-8",
            headers=headers,
            properties=properties,
        )
        self.basic_publish(message, exchange="", routing_key=queue)

    def _create_client(self, asynchronous: bool = False) -> Any:
        return super()._create_client(asynchronous) if asynchronous else self._kept_client

    @cached_property
    def _kept_client(self) -> Any:
        return super()._create_client()


class Transport(redis.Transport):
    Channel = Channel


class Carrier:
    """The dispatcher's connection to the broker. It gives up soon: who leads must not wait longer than its lease."""

    def __init__(self) -> None:
        self._opened: tuple[Connection, Channel] | None = None

    def send(self, starts: Sequence[HandOff], *, term: int, until: float) -> None:
        """Publish one message for each run, with its ticket; raises BrokerAway where Redis does not answer.

        A message that came twice changes nothing. The Celery task's id is `job.epoch` of its first job, so that
        Flower and logs name it.
        """
        runs: dict[UUID, list[HandOff]] = {}
        for each in starts:
            runs.setdefault(each.run, []).append(each)
        try:
            channel = self._open()
            for members in runs.values():
                _publish(channel, members, _ticket(members[0], term, until))
        except (OperationalError, OSError, *Transport.connection_errors, *Transport.channel_errors) as error:
            self.close()
            raise BrokerAway(str(error)) from error

    def _open(self) -> Channel:
        if self._opened is None:
            connection = current_app.connection_for_write(transport=Transport, transport_options=SOON)
            self._opened = connection, connection.channel()
        return self._opened[1]

    def close(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            with contextlib.suppress(Exception):  # a broken connection may fail to close; it is dropped either way
                opened[0].close()


@cache
def _blank(task: str) -> Any:
    """Celery's message for a task, with nothing in it yet: all but the job is the same in each.

    Source: https://docs.celeryq.dev/en/stable/internals/protocol.html#version-2
    """
    return current_app.amqp.as_task_v2("", task, [], {}, ignore_result=True, kwargsrepr="{}")


def _ticket(first: HandOff, term: int, until: float) -> Ticket:
    return Ticket(term, until, first.session, first.plain, first.cost, first.level)


def _publish(channel: Channel, members: Sequence[HandOff], ticket: Ticket) -> None:
    """Straight into the worker's queue."""
    first = members[0]
    id, jobs = f"{first.job}.{first.run_epoch}", [(str(each.job), each.run_epoch) for each in members]
    headers, properties, (_, keywords, options), _ = _blank(task_name(first.type))
    channel.put(
        queue_name(first.priority, first.worker),
        [[jobs, vars(ticket) | {"session": str(ticket.session)}], keywords, options],
        headers | {"id": id, "root_id": id, "argsrepr": _shown(members)},
        properties | {"correlation_id": id},
    )


def _shown(members: Sequence[HandOff]) -> str:
    """What Flower shows of the message."""
    more = f" and {len(members) - 1} more" if len(members) > 1 else ""
    return f"{members[0].job}, epoch {members[0].run_epoch}{more}"
