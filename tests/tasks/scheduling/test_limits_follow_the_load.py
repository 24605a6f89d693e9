"""Under load background work waits first, then slots shrink; when it is gone all of it comes back by itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.scheduling import changes
from tasks.scheduling.adaptive import (
    Levels,
    Load,
    Maxima,
    Slots,
    full_disk,
    is_extreme,
    next_levels,
    next_slots,
    pressure,
)
from tasks.scheduling.core import Scheduler
from tasks.scheduling.reasons import Code
from tasks.scheduling.values import LEVELS, Heads, Platform, SessionState, Snapshot, Waiting, Worker, WorkspaceState
from tests.tasks.scheduling.world import make_id

pytestmark = pytest.mark.requirement("R2")

MAXIMA = Maxima(cpu_percent=90, memory_percent=80, disk_mbs=100, network_mbs=50, min_disk_free_mb=1000)
CALM = Load(running=8)
BUSY = Load(cpu_percent=97, running=8)


@pytest.mark.parametrize(
    ("load", "said"),
    [
        (CALM, ""),
        (BUSY, "CPU at 97 %, of at most 90 %"),
        (Load(memory_percent=81), "memory at 81 %, of at most 80 %"),
        (Load(disk_mbs=101), "disk at 101 MB/s, of at most 100 MB/s"),
        (Load(network_mbs=51), "network at 51 MB/s, of at most 50 MB/s"),
    ],
)
def test_each_maximum_is_told_by_name(load: Load, said: str) -> None:
    assert pressure(load, MAXIMA) == said
    assert pressure(load, Maxima()) == ""


def test_background_work_goes_first_and_comes_back_by_itself() -> None:
    levels, seen = Levels(), []
    for pressed in ["CPU"] * 4 + [""] * 8:
        levels = next_levels(levels, pressed)
        seen.append(levels.open)
    assert seen == [4, 3, 3, 3, 3, 3, 4, 4, 4, 5, 5, 5]


def test_slots_shrink_by_a_share_and_grow_by_one() -> None:
    slots, seen = Slots(), []
    for load in [BUSY] * 3 + [CALM] * 9:
        slots = next_slots(slots, 10, load, MAXIMA, background_first=False)
        seen.append(slots.cap)
    assert seen == [5, 3, 2, 2, 2, 3, 4, 5, 6, 7, 8, 9]
    assert next_slots(slots, 10, CALM, MAXIMA, background_first=False) == Slots()


def test_slots_stay_as_long_as_background_work_can_be_closed() -> None:
    assert next_slots(Slots(), 10, BUSY, MAXIMA, background_first=True) == Slots()


@pytest.mark.requirement("R4")
def test_nothing_starts_on_a_full_disk_until_there_is_room() -> None:
    full = Load(disk_free_mb=200, running=2)
    assert full_disk(full, MAXIMA) == "its disk has 200 MB free, and 1,000 MB must stay free"
    slots = next_slots(Slots(), 10, full, MAXIMA, background_first=True)
    assert slots.cap == 0
    assert next_slots(slots, 10, CALM, MAXIMA, background_first=True).cap == 1


@given(st.lists(st.sampled_from([CALM, BUSY, Load(disk_free_mb=0, running=3)]), max_size=60), st.integers(1, 50))
def test_it_never_leaves_its_bounds_and_always_recovers(loads: list[Load], size: int) -> None:
    slots, levels = Slots(), Levels()
    for load in loads:
        levels = next_levels(levels, pressure(load, MAXIMA))
        slots = next_slots(slots, size, load, MAXIMA, background_first=levels.open == LEVELS)
        assert slots.cap is None or 0 <= slots.cap < max(size, 2)
        assert 3 <= levels.open <= LEVELS
        assert bool(slots.why) == (slots.cap is not None)
    for _ in range(size + 20):
        levels = next_levels(levels, "")
        slots = next_slots(slots, size, CALM, MAXIMA, background_first=True)
    assert (slots, levels) == (Slots(), Levels())


# In the scheduler

WORKSPACE, SESSION = make_id(1, 0), make_id(2, 0)


def waiting(number: int, priority: int, **state: object) -> Waiting:
    return Waiting(make_id(3, number), WORKSPACE, SESSION, priority=priority, rank=float(number), **state)  # type: ignore[arg-type]


def scheduler(*jobs: Waiting, platform: Platform, worker: Worker | None = None) -> Scheduler:
    return Scheduler.load(
        Snapshot(
            platform=platform,
            workspaces=[WorkspaceState(WORKSPACE, "acme")],
            sessions=[SessionState(SESSION, WORKSPACE, "s", cap=None)],
            workers=[worker or Worker("w", 10)],
            heads={SESSION: Heads(jobs)},
        )
    )


def started(of: Scheduler, now: float = 0.0) -> list[int]:
    found = []
    while (start := of.next(now)) is not None:
        found.append(start.job.id.int & 255)
    return found


def test_closed_priorities_do_not_start_and_hide_nobody() -> None:
    jobs = [waiting(1, 4), waiting(2, 3), waiting(3, 2), waiting(4, 4, inherited=1), waiting(5, 4, override=1.0)]
    closed = scheduler(*jobs, platform=Platform(open_levels=3, limited_by="CPU at 97 %, of at most 90 %"))
    assert started(closed, now=10_000.0) == [5, 3, 4]
    reason = closed.why(jobs[0], 10_000.0)
    assert reason.code == Code.RESOURCES
    assert reason.sentence == "P4 waits until the machines have less to do: CPU at 97 %, of at most 90 %"
    closed.apply(changes.PlatformChanged(Platform(open_levels=4)))
    assert started(closed) == [2]
    closed.apply(changes.PlatformChanged(Platform()))
    assert started(closed) == [1]


def test_what_closes_leaves_the_line_and_comes_back_to_it() -> None:
    jobs = [waiting(1, 4), waiting(2, 2)]
    of = scheduler(*jobs, platform=Platform())
    of.apply(changes.PlatformChanged(Platform(open_levels=4)))
    assert started(of) == [2]
    of.apply(changes.PlatformChanged(Platform()))
    assert started(of) == [1]


def test_a_worker_under_load_says_so() -> None:
    limited = Worker("w", 10, cap=1, limited_by="memory at 95 %, of at most 92 %")
    of = scheduler(waiting(1, 1), waiting(2, 1), platform=Platform(), worker=limited)
    assert started(of) == [1]
    reason = of.why(waiting(2, 1), 0.0)
    assert reason.code == Code.RESOURCES
    assert reason.sentence == "worker w starts no more than 1 at once now: memory at 95 %, of at most 92 %"


@pytest.mark.requirement("R3")
def test_running_background_work_is_asked_back_only_where_all_else_did_not_help() -> None:
    levels, slots, seen = Levels(), Slots(), []
    for load in [BUSY] * 8 + [CALM] * 2 + [BUSY] * 2:
        before = levels
        levels = next_levels(levels, pressure(load, MAXIMA))
        slots = next_slots(slots, 10, load, MAXIMA, background_first=levels.open != before.open)
        seen.append(is_extreme(slots, levels))
    assert seen == [False] * 5 + [True] * 3 + [False] * 4
