"""Behind a short job that starts go others of its session in the same slot, where nothing says otherwise.

Which ones, in any world, is a law among the others (test_the_laws_hold_whatever_happens.py); here is what that world
does not have, and what it costs.
"""

from __future__ import annotations

from typing import Any

import pytest

from tasks.scheduling import changes
from tasks.scheduling.runs import MOST_MEMBERS, RUN_SECONDS, fitting, share
from tasks.scheduling.values import Needs, Platform, Waiting
from tests.tasks.scheduling.simulation import Simulation
from tests.tasks.scheduling.world import make_id

pytestmark = pytest.mark.requirement("O5")


def queued(simulation: Simulation, *which: dict[str, Any]) -> list[Waiting]:
    """In one session, in this order."""
    session = simulation.add_session()
    jobs = [
        job
        for rank, state in enumerate(which)
        for job in simulation.submit(session, **{"rank": float(rank), "joins_runs": True} | state)
    ]
    simulation.world.waiting |= {job.id: job for job in jobs}
    simulation.scheduler.apply(changes.SessionHeads(session, simulation.world.heads(session)))
    return jobs


def started(simulation: Simulation) -> Waiting:
    start = simulation.scheduler.next(0.0)
    assert start is not None
    return start.job


@pytest.mark.parametrize(
    "other",
    [
        {"joins_runs": False},
        {"kind": "llm"},
        {"needs": Needs(memory_mb=100)},
        {"needs": Needs(frozenset({"docker"}))},
        {"project": make_id(4, 1)},
        {"pinned": 1.0},
    ],
    ids=lambda state: next(iter(state)),
)
def test_nobody_goes_along_past_one_that_may_not(other: dict[str, Any]) -> None:
    simulation = Simulation(slots=1)
    first, second, _, _ = queued(simulation, {"override": 1.0}, {}, other, {})
    assert started(simulation) == first
    assert simulation.scheduler.take_along(first, 10) == [second]


def test_nobody_goes_along_with_one_that_goes_alone() -> None:
    simulation = Simulation(slots=1)
    first, _ = queued(simulation, {"joins_runs": False}, {})
    assert started(simulation) == first
    assert simulation.scheduler.take_along(first, 10) == []


def test_what_starts_at_no_level_now_goes_along_with_nobody() -> None:
    simulation = Simulation(slots=1)
    jobs = queued(simulation, {}, {}, {"priority": 4}, {})
    simulation.scheduler.apply(changes.PlatformChanged(Platform(open_levels=3)))
    assert started(simulation) == jobs[0]
    assert simulation.scheduler.take_along(jobs[0], 10) == [jobs[1]]


def test_they_hold_no_slot_of_their_own_and_wait_no_more() -> None:
    simulation = Simulation(slots=2)
    jobs = queued(simulation, {}, {}, {})
    first = started(simulation)
    assert simulation.scheduler.take_along(first, 10) == jobs[1:]
    assert (simulation.scheduler.free_slots, simulation.scheduler.waiting) == (1, 0)
    assert simulation.scheduler.next(0.0) is None
    simulation.scheduler.apply(changes.Finished(first.id, 0.03))
    assert simulation.scheduler.free_slots == 2


def test_as_many_fit_as_take_together_what_a_run_may() -> None:
    assert fitting(RUN_SECONDS / 10) == 10
    assert fitting(RUN_SECONDS * 2) == fitting(3600.0) == 1
    assert fitting(0.0) == MOST_MEMBERS


def test_a_run_takes_no_more_than_its_share() -> None:
    assert share(waiting=100, free_slots=4) == 25
    assert share(waiting=3, free_slots=4) == 1
    assert share(waiting=7, free_slots=0) == 7
