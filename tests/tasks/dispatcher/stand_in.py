"""A worker without processes: it has a row and reads its queues in the real Redis, and does what the test says."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Sequence
from uuid import UUID

import redis
from django.conf import settings
from django.db import connection

from tasks import transitions
from tasks.dispatcher.sending import queue_names
from tasks.execution import leases
from tasks.execution.leases import Run
from tasks.execution.worker import ThisWorker
from tasks.models import Worker
from tasks.transitions import Claim, Ticket
from tests.tasks.desk import complete
from tests.tasks.parties import PATIENCE


class StandIn:
    """`slots` is what it says of itself; it takes and claims as many messages as come."""

    def __init__(self, broker: redis.Redis, name: str = "stand-in", slots: int = 4) -> None:
        self.this = ThisWorker(name, slots)
        self._broker = broker
        self._queues = [f"{settings.REDIS_PREFIX}.celery.{queue}" for queue in queue_names(self.id)]
        leases.register(self.this)

    @property
    def id(self) -> str:
        return self.this.id

    @property
    def row(self) -> Worker:
        return Worker.objects.get(pk=self.id)

    def take(self, count: int = 1) -> list[Message]:
        """So many messages, waited for; each is the jobs of one run with their epochs."""
        give_up = time.monotonic() + PATIENCE
        taken: list[Message] = []
        while len(taken) < count:
            left = give_up - time.monotonic()
            assert left > 0, f"{len(taken)} of {count} messages came: {taken}"
            taken += self._take(timeout=left)
        return taken

    def rest(self) -> list[Message]:
        """What lies in the queues now."""
        taken: list[Message] = []
        while message := next((body for queue in self._queues if (body := self._broker.rpop(queue))), None):
            taken.append(Message(message))
        return taken

    def claim(self, count: int = 1) -> list[Claim]:
        """Take so many messages and claim what they hold."""
        return [claim for run in self.take(count) for claim in self.claim_of(run)]

    def claim_of(self, message: Message) -> list[Claim]:
        return transitions.claim(message, self.id, message.ticket)

    def work(self, count: int) -> list[UUID]:
        """Claim and complete until so many jobs have completed here; their ids in the order of their ends."""
        done: list[UUID] = []
        while len(done) < count:
            claims = self.claim()
            if claims:
                complete(*claims)
                done += [claim.id for claim in claims]
        return done

    def fall_silent(self) -> None:
        """Its lease is over."""
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE tasks_worker SET lease_until = clock_timestamp() - interval '1 ms' WHERE id = %s", [self.id]
            )

    def beat(self, *claims: Claim) -> None:
        leases.renew(self.id, [(claim.id, claim.epoch) for claim in claims], {})

    def stop(self) -> None:
        leases.say_stopping(self.id)

    def _take(self, timeout: float) -> list[Message]:
        message = self._broker.brpop(self._queues, timeout=min(max(timeout, 0.01), 1.0))
        return [Message(message[1])] if message else []


class Message(list[Run]):
    """The jobs of one run with their epochs, and the ticket that came with them."""

    def __init__(self, raw: bytes) -> None:
        envelope = json.loads(raw)
        assert envelope["headers"]["task"].startswith("tasks.")
        (members, ticket), _, _ = json.loads(base64.b64decode(envelope["body"]))
        super().__init__((UUID(job), epoch) for job, epoch in members)
        self.ticket = Ticket(**ticket | {"session": UUID(ticket["session"])})


def jobs_of(messages: Sequence[Sequence[Run]]) -> list[UUID]:
    return [job for run in messages for job, _ in run]
