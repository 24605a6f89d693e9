"""Celery as this platform uses it: it carries job ids to workers and runs the housekeeping, and decides nothing."""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING, Any

from celery import Celery, bootsteps
from celery.app.amqp import AMQP
from celery.schedules import crontab
from django.conf import settings
from kombu import Connection, Queue

if TYPE_CHECKING:
    from celery.worker.consumer import Consumer

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

HOUSEKEEPING = "housekeeping"
RESULTS_SECONDS = 60.0  # between looks at results whose time is over
APPROVALS_SECONDS = 5.0  # between looks at what nobody decided
JOBS_PER_CHILD = 1000  # then a fresh child takes over, so that nothing a job left in memory lives on
TRY_AGAIN_SECONDS = 2
EVENTS_SECONDS = 0.05
NEVER = 2**31


class Broker(Connection):
    """A connection that tries as often after an hour as at first: work goes on as soon as Redis is back."""

    def ensure_connection(self, *args: Any, **options: Any) -> Connection:
        """As kombu's, whose waits would grow to half a minute."""
        steady = {"interval_start": TRY_AGAIN_SECONDS, "interval_step": 0, "interval_max": TRY_AGAIN_SECONDS}
        return super().ensure_connection(*args, **(steady | options))


class Carrying(AMQP):
    Connection = Broker


class DoNotRestore(bootsteps.StartStopStep):
    """What a worker has taken from Redis and not acknowledged is not put back when its connection ends.

    Postgres knows which hand-offs were lost. And kombu's attempt to put messages back over the connection that has just
    been lost ends the whole worker: Celery closes the channel twice, the second time without its transport.
    """

    requires = ("celery.worker.consumer.connection:Connection",)

    def start(self, parent: Consumer) -> None:
        parent.connection.default_channel.do_restore = False


class TellFlowerLater(bootsteps.StartStopStep):
    """Task events leave a moment later: Celery would send them between a message and the child that waits for it."""

    requires = ("celery.worker.consumer.events:Events",)

    def start(self, parent: Consumer) -> None:
        if parent.hub is None:
            return
        waiting: list[Any] = []

        def flush() -> None:
            waiting.clear()
            parent._flush_events()

        def later() -> None:
            if not waiting:
                waiting.append(parent.hub.call_later(EVENTS_SECONDS, flush))

        parent.event_dispatcher.on_send_buffered = later


class FirstIdleChild(bootsteps.StartStopStep):
    """A job goes to the first child that is idle: Celery's turns would wake the one that has slept longest.

    Its caches and those of its database session are cold, which costs a job on an idle worker a tenth of its start.
    """

    def register_with_event_loop(self, parent: Consumer, hub: Any) -> None:
        give = hub.consolidate_callback
        if give is not None:
            hub.consolidate_callback = lambda writable: give(sorted(writable))


app = Celery("interlock", amqp=Carrying)
app.steps["consumer"].update([DoNotRestore, TellFlowerLater, FirstIdleChild])
# Not `config_from_object("django.conf:settings")`: a worker shows its configuration to whoever asks over the broker,
# Flower puts it on a page, and all of Django's settings would be in it, secrets too.
app.conf.update(
    broker_url=settings.CELERY_BROKER_URL,
    broker_transport_options={
        "global_keyprefix": f"{settings.REDIS_PREFIX}.celery.",
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
        "retry_on_timeout": False,
    },
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    # Agent queues: acknowledged early and never retried by Celery, since Postgres knows and recovers.
    task_ignore_result=True,
    task_acks_late=False,
    worker_prefetch_multiplier=1,
    worker_max_tasks_per_child=JOBS_PER_CHILD,
    worker_lost_wait=0.5,
    # Housekeeping: results in the database, seen in the admin.
    result_backend="django-db",
    task_queues=[Queue(HOUSEKEEPING)],
    task_default_queue=HOUSEKEEPING,
    beat_schedule={
        "clean-up": {"task": "tasks.clean_up", "schedule": crontab(hour=3, minute=0)},
        "results": {"task": "tasks.purge_results", "schedule": RESULTS_SECONDS, "options": {"expires": 60}},
        "approvals": {"task": "approvals.sweep", "schedule": APPROVALS_SECONDS, "options": {"expires": 30}},
    },
    beat_scheduler="django_celery_beat.schedulers:DatabaseScheduler",
    # What Flower shows: which job ids are under way.
    worker_send_task_events=True,
    worker_hijack_root_logger=False,
    timezone="UTC",
)
app.autodiscover_tasks(related_name="celery_tasks")


def start_worker(name: str, concurrency: int) -> None:
    """Run a worker with so many slots until it is told to stop; it listens to queues of its own."""
    import django

    django.setup()
    from tasks.dispatcher.sending import queue_names
    from tasks.execution import keeping, worker

    # No book in Redis of what is not acknowledged: nobody reads it, and each message costs two more round trips.
    app.conf.broker_transport_options |= {"ack_emulation": False}
    app.conf.CELERY_DB_REUSE_MAX = NEVER  # a child keeps its connection to the database over its jobs
    this = worker.become(name, concurrency)
    keeping.connect()
    _run(this.id, ",".join(queue_names(this.id)), "--concurrency", str(concurrency), "--pool", "prefork")


def start_beat() -> None:
    """Run the schedules and the housekeeping itself, one after the other, in one process with its clock beside it."""
    _run(HOUSEKEEPING, HOUSEKEEPING, "--pool", "solo", "--beat")


def _run(name: str, queues: str, *options: str) -> None:
    warnings.filterwarnings("ignore", "You're running the worker with superuser privileges")  # our messages are JSON
    quiet = ("--without-gossip", "--without-mingle", "--loglevel", "WARNING")
    app.worker_main(["--quiet", "worker", "--hostname", f"{name}@%h", "--queues", queues, *quiet, *options])
