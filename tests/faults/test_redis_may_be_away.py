"""Redis killed while the worker holds messages, or away for long: the worker goes on by itself once it is back."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
import redis
from kombu import Connection, Producer

from config.celery import app
from tasks.dispatcher.sending import queue_name, task_name
from tests.faults.work import assert_sound, held, start, submit, wait_until_over, wait_until_running
from tests.platform import Platform

DEATHS = 4  # whether its death is noticed first where the worker waits for messages, or elsewhere, is left to chance
TRIES = 5
SOON = 8.0


@pytest.mark.requirement("Q12")
def test_redis_may_die_while_the_worker_holds_a_message_that_no_child_has_taken(
    fault_platform: Platform, tmp_path: Path
) -> None:
    platform = start(fault_platform, workers=1, concurrency=2)
    worker = platform.process("worker")
    gate = tmp_path / "gate"
    jobs = submit(platform, [held(gate), held(gate)])
    wait_until_running(platform, jobs, 2)
    for _ in range(DEATHS):
        _send_stray_message(platform)
        platform.restart_redis()
    gate.touch()
    jobs += submit(platform, [{"command": ["true"]}])

    assert wait_until_over(platform, jobs) == {"completed": 3}
    assert platform.process("worker") == worker, "it is the same worker that went on"
    assert len(platform.sql("SELECT id FROM tasks_attempt")) == 3, "what ran meanwhile was not disturbed"
    assert_sound(platform)


@pytest.mark.requirement("Q12")
def test_work_goes_on_within_seconds_however_long_redis_was_away(fault_platform: Platform) -> None:
    platform = start(fault_platform, workers=1, concurrency=1)
    platform.stop_redis()
    platform.wait_for(lambda: platform.log("worker-1").count("Cannot connect to") >= TRIES, 60, "tries to connect")
    platform.start_redis()
    jobs = submit(platform, [{"command": ["true"]}])

    assert wait_until_over(platform, jobs, SOON) == {"completed": 1}
    assert_sound(platform)


def _send_stray_message(platform: Platform) -> None:
    """A message of a job that is not there; the worker takes it in, but none of its children has time for it."""
    [worker] = platform.sql("SELECT id FROM tasks_worker")
    queue = queue_name(2, worker["id"])
    message = app.amqp.as_task_v2(str(uuid.uuid4()), task_name("execute-task"), [[(str(uuid.uuid4()), 1)]], {})
    options = app.conf.broker_transport_options
    with Connection(platform.redis_url, transport_options=options) as connection:
        Producer(connection).publish(
            message.body, routing_key=queue, serializer="json", headers=message.headers, **message.properties
        )
    with redis.Redis.from_url(platform.redis_url) as client:
        key = options["global_keyprefix"] + queue
        platform.wait_for(lambda: client.llen(key) == 0, 10, "the worker to take the message in")
