"""The leader looks at the machines' samples, writes down what it limits, tells why, and a new leader goes on with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection

from agents.actor import Actor
from tasks import transitions
from tasks.dispatcher.pressure import Governor, maxima_now
from tasks.execution import leases
from tasks.explain import waiting_for
from tasks.models import AgentJob, Event, Leader, PlatformState, ResourceSample, Worker
from tasks.states import State
from tests.committing import commits
from tests.tasks.desk import USAGE, complete, row
from tests.tasks.dispatcher.conftest import Running
from tests.tasks.dispatcher.stand_in import StandIn
from tests.tasks.parties import wait_for
from tests.tasks.people import submitted

pytestmark = [pytest.mark.requirement("R2"), commits]

QUIET: dict[str, Any] = {"cpu_percent": 5, "memory_percent": 10, "disk_mbs": 0, "network_mbs": 0, "disk_free_mb": 9e5}


def looked(worker: StandIn, running: int = 4, **measured: float) -> None:
    ResourceSample.objects.create(worker=worker.id, running=running, **(QUIET | measured))


@pytest.fixture(autouse=True)
def maxima(settings: LazySettings) -> None:
    changes = {"max_cpu_percent": 90.0, "max_memory_percent": 0.0, "min_disk_free_mb": 500.0}
    settings.INTERLOCK = settings.INTERLOCK.model_copy(update=changes)


@pytest.fixture
def leader(db: None) -> None:
    Leader.objects.create(name="dispatcher", holder="h", term=1)


def told() -> list[tuple[str, str]]:
    return list(Event.objects.filter(kind__startswith="Limit").order_by("id").values_list("kind", "reason"))


def test_background_work_then_slots_and_back(worker: Callable[..., StandIn], leader: None) -> None:
    busy, governor = worker(slots=10), Governor()
    for _ in range(3):
        looked(busy, running=10, cpu_percent=99)
        assert governor.look()
    assert Leader.objects.get().open_levels == 3
    found = Worker.objects.get()
    assert (found.slot_limit, found.limited_by) == (7, "CPU at 99 %, of at most 90 %")
    assert [kind for kind, _ in told()] == ["LimitImposed"] * 3
    follower = Governor.take_over()
    for _ in range(12):
        looked(busy)
        follower.look()
    assert (Leader.objects.get().open_levels, Worker.objects.get().slot_limit) == (5, None)
    assert told()[-1][0] == "LimitLifted"


def test_one_look_decides_once(worker: Callable[..., StandIn], leader: None) -> None:
    busy, governor = worker(), Governor()
    looked(busy, cpu_percent=99)
    assert governor.look()
    assert not governor.look()


def test_one_machine_that_has_room_takes_background_work(worker: Callable[..., StandIn], leader: None) -> None:
    busy, free, governor = worker("busy"), worker("free"), Governor()
    looked(busy, cpu_percent=99)
    looked(free)
    governor.look()
    assert Leader.objects.get().open_levels == 5
    assert Worker.objects.get(pk=busy.id).slot_limit == 2
    assert Worker.objects.get(pk=free.id).slot_limit is None


def test_an_admins_maxima_count_at_once(worker: Callable[..., StandIn], leader: None) -> None:
    busy, governor = worker(), Governor()
    PlatformState.objects.create(max_cpu_percent=0, max_memory_percent=50)
    assert (maxima_now().cpu_percent, maxima_now().memory_percent) == (None, 50)
    looked(busy, cpu_percent=99)
    assert not governor.look()


@pytest.mark.requirement("R4")
def test_a_real_dispatcher_starts_nothing_on_a_full_disk_and_says_why(
    ann: Actor, worker: Callable[..., StandIn], dispatcher: Running
) -> None:
    stand_in = worker(slots=2)
    looked(stand_in, running=0, disk_free_mb=100)
    wait_for(lambda: Worker.objects.get().slot_limit == 0, "the limit")

    def is_known() -> bool:
        state = dispatcher.dispatcher.state
        known = state.workers.get(stand_in.id) if state is not None else None
        return known is not None and known.cap == 0

    wait_for(is_known, "the dispatcher to know it")
    [job] = submitted(ann).jobs
    said = waiting_for([row(job)])[job.id]
    assert said.code == "resources"
    assert "its disk has 100 MB free, and 500 MB must stay free" in said.sentence
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM tasks_agentjob WHERE handed_to <> ''")
        assert cursor.fetchone()[0] == 0
    looked(stand_in, running=0)
    assert [claim.id for claim in stand_in.claim(1)] == [job.id]


@pytest.mark.requirement("R3")
def test_under_extreme_load_background_work_is_asked_back_one_by_one(
    ann: Actor, worker: Callable[..., StandIn], dispatcher: Running
) -> None:
    stand_in = worker(slots=4)
    low = {"session": "low", "priority": "P4"}
    jobs = submitted(ann, {"session": "high", "priority": "P1"}, {"session": "mid", "priority": "P3"}, low).jobs
    claims = {claim.id: claim for claim in stand_in.claim(3)}
    high, mid, background = jobs
    governor = Governor()
    asked: list[list[str]] = []
    for _ in range(8):
        looked(stand_in, running=3, cpu_percent=99)
        governor.look()
        asked.append([job.title for job in (background, mid, high) if row(job).give_back])
    assert [len(each) for each in asked] == sorted(len(each) for each in asked)
    assert {row(background).give_back, row(mid).give_back} == {
        "its machine has too much to do: CPU at 99 %, of at most 90 %"
    }
    assert row(high).give_back == ""
    [look] = leases.look([(background.id, claims[background.id].epoch)]).values()
    assert (look.cancel_reason, look.give_back) == (None, row(background).give_back)
    assert leases.asked_to_stop(stand_in.id) == {background.id, mid.id}
    assert transitions.hand_back(claims[background.id], USAGE, look.give_back)
    now = row(background)
    assert (now.state, now.failures, now.interruptions, now.give_back) == ("queued", 0, 0, "")
    assert waiting_for([now])[now.id].code == "resources"


@pytest.mark.requirement("Q2")
def test_what_runs_at_once_is_limited_live_in_the_admin(
    ann: Actor, worker: Callable[..., StandIn], dispatcher: Running
) -> None:
    stand_in = worker(slots=8)
    PlatformState.objects.create(max_running=2)
    PlatformState.objects.update(max_running=1)  # heard as it changes
    submitted(ann, *({"session": f"s{n}"} for n in range(4)))
    [first] = stand_in.claim(1)
    assert waiting_for(list(AgentJob.objects.in_state(State.QUEUED)))
    PlatformState.objects.update(max_running=3)
    assert len(stand_in.claim(2)) == 2
    assert stand_in.rest() == []
    told = Event.objects.filter(kind="SettingsChanged", data__of="platform").order_by("id")
    assert [event.data["changes"]["max_running"] for event in told] == [[2, 1], [1, 3]]
    complete(first)
