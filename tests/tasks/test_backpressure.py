"""How much may wait in a workspace, and how fast one party may create jobs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import redis
from django.conf import LazySettings

from agents.actor import Actor
from config.embedded import Servers
from tasks import backpressure, notify, transitions
from tasks.backpressure import QueueFull, TooFast
from tasks.models import AgentJob
from tests.committing import commits
from tests.tasks.people import member, new_workspace, submitted

pytestmark = [pytest.mark.requirement("Q11"), pytest.mark.requirement("T5"), commits]


@pytest.fixture(autouse=True)
def nothing_is_counted_yet() -> Iterator[None]:
    backpressure.forget()
    yield
    backpressure.forget()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """Times of the processes that count, as the test sets them."""
    times = {"monotonic": 1000.0, "time": 6_000_000.0}
    monkeypatch.setattr(backpressure.time, "monotonic", lambda: times["monotonic"])
    monkeypatch.setattr(backpressure.time, "time", lambda: times["time"])
    return times


def allow(settings: LazySettings, **changes: Any) -> None:
    settings.INTERLOCK = settings.INTERLOCK.model_copy(update=changes)


def test_the_hard_limit_refuses_all_of_what_would_pass_it(clock: dict[str, float]) -> None:
    ann = member(new_workspace(max_pending=5))
    submitted(ann, {}, {}, {})
    with pytest.raises(QueueFull) as refused:
        submitted(ann, {}, {}, {})
    assert refused.value.message.startswith("3 jobs wait in the workspace")
    assert refused.value.retry_after == 60
    submitted(ann, {}, {})
    with pytest.raises(QueueFull):
        submitted(ann)
    assert AgentJob.objects.count() == 5


def test_room_that_was_made_is_found_though_nobody_counted_since(clock: dict[str, float]) -> None:
    ann = member(new_workspace(max_pending=5))
    submitted(ann)
    jobs = submitted(ann, {}, {}, {}, {}).jobs
    transitions.cancel_waiting([job.id for job in jobs], by="ann", reason="")
    submitted(ann, {}, {}, {})


def test_one_workspace_is_not_anothers(clock: dict[str, float]) -> None:
    full = member(new_workspace(max_pending=1))
    submitted(full)
    submitted(member(new_workspace(max_pending=1)))
    with pytest.raises(QueueFull):
        submitted(full)


def test_the_soft_limit_warns(settings: LazySettings, clock: dict[str, float]) -> None:
    allow(settings, warn_pending=2)
    ann = member(new_workspace())
    assert submitted(ann, {}, {}).warning == ""
    assert submitted(ann).warning.startswith("3 jobs wait in the workspace")
    assert submitted(member(new_workspace(warn_pending=10)), {}, {}, {}).warning == ""


def test_the_platforms_numbers_count_where_a_workspace_has_none(settings: LazySettings) -> None:
    allow(settings, max_pending=2)
    with pytest.raises(QueueFull):
        submitted(member(new_workspace()), {}, {}, {})
    submitted(member(new_workspace(max_pending=3)), {}, {}, {})


# A minute's worth


@pytest.fixture
def hurried(settings: LazySettings, servers: Servers, clock: dict[str, float]) -> Actor:
    """May create ten jobs a minute."""
    allow(settings, jobs_per_minute=10)
    with notify.hint_client() as client:
        client.flushdb()
    return member(new_workspace(), kind="token", name="hurried")


def test_more_than_a_minutes_worth_waits(hurried: Actor, clock: dict[str, float]) -> None:
    submitted(hurried, *[{}] * 8)
    clock["time"] += 15
    with pytest.raises(TooFast) as refused:
        submitted(hurried, {}, {}, {})
    assert refused.value.retry_after == 45
    assert "8 jobs within a minute, and 10 are allowed" in refused.value.message
    submitted(hurried, {}, {})
    clock["time"] += 45 + 30  # half of the minute before still counts
    submitted(hurried, *[{}] * 5)
    with pytest.raises(TooFast):
        submitted(hurried)
    clock["time"] += 90
    submitted(hurried, *[{}] * 10)


def test_each_party_has_its_own(hurried: Actor) -> None:
    submitted(hurried, *[{}] * 10)
    submitted(replace(hurried, id="another"), *[{}] * 10)


def test_processes_count_together(hurried: Actor) -> None:
    submitted(hurried, *[{}] * 4)
    submitted(hurried, *[{}] * 2)  # tells of the four before
    backpressure.forget()  # as another process begins
    with pytest.raises(TooFast):
        submitted(hurried, *[{}] * 8)
    submitted(hurried, *[{}] * 6)


def test_without_redis_each_process_counts_for_itself(hurried: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(**_: Any) -> redis.Redis:
        raise redis.ConnectionError("away")

    monkeypatch.setattr(backpressure, "hint_client", away)
    submitted(hurried, *[{}] * 10)
    with pytest.raises(TooFast):
        submitted(hurried)


def test_zero_is_no_limit_and_the_platform_has_none(hurried: Actor, settings: LazySettings) -> None:
    submitted(replace(hurried, kind="platform"), *[{}] * 20)
    allow(settings, jobs_per_minute=0)
    submitted(hurried, *[{}] * 20)
