"""Workers that cost next to nothing: they take the dispatcher's messages and write what a claim and a completion write.

They speak its wire format and know its tables, and do without Celery, attempts, leases and the disk: their commits do
not wait for it. For each job that ended another one comes.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
import redis

from benchmarks.filling import fill

NAMES = ("stand-in-1", "stand-in-2")
QUEUE = "interlock.celery.p{priority}.{worker}"
PRIORITIES = 5
MOST_MESSAGES = 100  # that are taken from a queue at once
PAUSE = 0.001
SAID_TO_TAKE = 0.0002  # seconds that each job is said to have taken

REGISTER = """
    INSERT INTO tasks_worker (id, name, host, pid, slots, capabilities, started_at, heartbeat_at, lease_until)
    SELECT name, name, 'nowhere', 1, %(slots)s, '{}', now(), now(), now() + interval '1 day'
    FROM unnest(%(names)s::text[]) AS name
    ON CONFLICT (id) DO UPDATE SET slots = excluded.slots
"""
BEGIN = """
    WITH locked AS (SELECT id AS locked_id FROM tasks_agentjob WHERE id = ANY(%(jobs)s) ORDER BY id FOR NO KEY UPDATE)
    UPDATE tasks_agentjob
    SET state = 'running', worker_id = given.worker, epoch = given.under, attempt = attempt + 1,
        lease_until = clock_timestamp() + interval '1 min', started_at = coalesce(started_at, clock_timestamp())
    FROM unnest(%(jobs)s::uuid[], %(epochs)s::int[], %(workers)s::text[]) AS given (job, under, worker)
    JOIN locked ON locked_id = job
    WHERE id = given.job AND state || '' = 'queued' AND epoch <= given.under
"""
COMPLETE = """
    UPDATE tasks_agentjob SET state = 'completed', result = 'null', charged_cost = %(seconds)s, progress_percent = 100
    WHERE id = ANY(%(jobs)s) AND state || '' = 'running'
"""


@dataclass(frozen=True)
class Work:
    """What they did: jobs that went through, in how many seconds, and how many of those there was nothing to do."""

    jobs: int
    seconds: float
    paused: float


class StandIns:
    """`slots` is what they say of themselves together; they take as many messages as come.

    The jobs that come are dealt out over `arrivals`, which are sessions.
    """

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        broker: redis.Redis,
        *,
        slots: int,
        arrivals: Sequence[UUID],
        joins_runs: bool,
    ) -> None:
        self._connection, self._broker = connection, broker
        self._arrivals, self._joins_runs = arrivals, joins_runs
        connection.execute("SET synchronous_commit = off")
        connection.execute("SELECT set_config('interlock.actor', 'worker:stand-in', false)")
        connection.execute(REGISTER, {"names": list(NAMES), "slots": slots // len(NAMES)})

    def work(self, seconds: float) -> Work:
        """For so long."""
        jobs, paused = 0, 0.0
        began = now = time.perf_counter()
        while now < began + seconds:
            if taken := sorted(self._taken()):
                jobs += self._run(taken)
                now = time.perf_counter()
            else:
                time.sleep(PAUSE)
                before, now = now, time.perf_counter()
                paused += now - before
        return Work(jobs, now - began, paused)

    def finish(self) -> None:
        """What is left in the queues."""
        while taken := sorted(self._taken()):
            self._run(taken)

    def _taken(self) -> Iterator[tuple[UUID, int, str]]:
        """The jobs of the messages that are there, each with its epoch and worker."""
        workers = [name for name in NAMES for _ in range(PRIORITIES)]
        with self._broker.pipeline(transaction=False) as asked:
            for place, worker in enumerate(workers):
                asked.rpop(QUEUE.format(priority=place % PRIORITIES, worker=worker), MOST_MESSAGES)
            answers = asked.execute()
        for worker, messages in zip(workers, answers, strict=True):
            for message in messages or ():
                (members, *_), *_ = json.loads(base64.b64decode(json.loads(message)["body"]))
                yield from ((UUID(job), epoch, worker) for job, epoch in members)

    def _run(self, taken: list[tuple[UUID, int, str]]) -> int:
        jobs, epochs, workers = (list(column) for column in zip(*taken, strict=True))
        with self._connection.transaction():
            self._connection.execute(BEGIN, {"jobs": jobs, "epochs": epochs, "workers": workers})
            ended = self._connection.execute(COMPLETE, {"jobs": jobs, "seconds": SAID_TO_TAKE}).rowcount
            fill(self._connection, self._arrivals, ended, joins_runs=self._joins_runs)
        return ended
