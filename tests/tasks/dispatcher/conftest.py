"""Real dispatchers in threads, on the real database, and a Redis of their own that tests may stop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial

import pytest
import redis
from celery import Celery, current_app
from django.conf import LazySettings

from agents.actor import Actor
from agents.models import Workspace
from config.celery import app
from config.embedded.data_folder import DataFolder
from config.embedded.redis import Redis
from tasks.dispatcher.loop import Dispatcher
from tests.tasks.dispatcher.stand_in import StandIn
from tests.tasks.parties import Party, parties, wait_for
from tests.tasks.people import member, new_workspace

LONG = {"lease_seconds": 3600, "handoff_seconds": 3600}
"""No lease or hand-off of these tests ends by itself: where one must, the test turns its time back."""


@pytest.fixture(scope="package")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    server = Redis(DataFolder.at(tmp_path_factory.mktemp("broker")))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def broker(redis_server: Redis) -> Iterator[redis.Redis]:
    """What the stand-ins read; empty at first."""
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
        yield client


@pytest.fixture(autouse=True)
def long_leases(settings: LazySettings) -> None:
    settings.INTERLOCK = settings.INTERLOCK.model_copy(update=LONG)


@pytest.fixture
def workspace(db: None) -> Workspace:
    return new_workspace()


@pytest.fixture
def ann(workspace: Workspace) -> Actor:
    return member(workspace)


@pytest.fixture
def worker(broker: redis.Redis, db: None) -> Callable[..., StandIn]:
    """Makes workers that are online."""

    def make(name: str = "stand-in", slots: int = 4) -> StandIn:
        return StandIn(broker, name, slots)

    return make


@pytest.fixture
def carrier(redis_server: Redis) -> Iterator[Celery]:
    """Celery as the dispatcher uses it, on our Redis."""
    ours = Celery("test", set_as_current=False, broker=redis_server.url)
    ours.conf.update(broker_transport_options=app.conf.broker_transport_options, task_ignore_result=True)
    yield ours
    ours.close()


class Running:
    """A dispatcher that runs in a thread of its own."""

    def __init__(self, party: Party, carrier: Celery) -> None:
        self._party = party
        self.dispatcher = party.do(partial(Dispatcher, patience=0))
        party.do(carrier.set_current)
        self._asked = False
        self._done = party.begin(self.dispatcher.run)

    @property
    def leads(self) -> bool:
        return self.dispatcher.state is not None

    @property
    def pid(self) -> int:
        return self._party.pid

    def ask_to_stop(self) -> None:
        if not self._asked:
            self._asked = True
            self.dispatcher.stop()

    def stop(self) -> None:
        self.ask_to_stop()
        self._done.result(30)


@pytest.fixture
def dispatchers(carrier: Celery, db: None, broker: redis.Redis) -> Iterator[Callable[[], Running]]:
    """Starts dispatchers; they are stopped at the end."""
    with ExitStack() as stack:

        def start() -> Running:
            [party] = stack.enter_context(parties(1))
            running = Running(party, carrier)
            stack.callback(running.stop)
            return running

        yield start


@pytest.fixture
def dispatcher(dispatchers: Callable[[], Running]) -> Running:
    """One that leads."""
    running = dispatchers()
    wait_for(lambda: running.leads, "the dispatcher to lead")
    return running


@pytest.fixture
def stepped(carrier: Celery, db: None, broker: redis.Redis) -> Iterator[Dispatcher]:
    """One in our own thread, which does only the steps that the test makes it do."""
    before = current_app._get_current_object()
    carrier.set_current()
    dispatcher = Dispatcher(patience=0)
    try:
        yield dispatcher
    finally:
        dispatcher.leadership.resign()
        dispatcher.carrier.close()
        dispatcher.bell.close()
        before.set_current()
