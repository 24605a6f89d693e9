"""What is foreseen is what the same scheduler then does, when work takes what was measured."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.scheduling.core import Scheduler
from tasks.scheduling.forward import Forward, run_forward
from tasks.scheduling.measured import ENOUGH, Measured
from tests.tasks.scheduling.simulation import Simulation
from tests.tasks.scheduling.world import POLICY

pytestmark = pytest.mark.requirement("Q5")


def exactly(seconds: float) -> Measured:
    return Measured([seconds] * 5, ENOUGH)


def forward(simulation: Simulation, measured: Measured, most: int = 10_000) -> Forward:
    copy: Scheduler = simulation.scheduler.copy()
    return run_forward(
        copy,
        simulation.now,
        running=dict(simulation.world.running),
        kind_of={},
        measured=lambda workspace, kind: measured,
        most=most,
    )


sessions = st.lists(
    st.tuples(st.integers(1, 8), st.integers(0, 4), st.sampled_from([None, 1, 2]), st.sampled_from([0.5, 1.0, 3.0])),
    min_size=1,
    max_size=5,
)


@given(slots=st.integers(1, 4), given_sessions=sessions, seconds=st.sampled_from([0.25, 1.0, 40.0]))
def test_it_comes_as_foreseen(
    slots: int, given_sessions: list[tuple[int, int, int | None, float]], seconds: float
) -> None:
    simulation = Simulation(slots=slots, policy=POLICY)
    for count, priority, cap, weight in given_sessions:
        session = simulation.add_session(cap=cap, weight=weight)
        simulation.submit(session, count, priority=priority, length=seconds)
    simulation.run(until=0.0)
    foreseen = forward(simulation, exactly(seconds)).starts
    waiting = set(simulation.world.waiting)
    started: dict[UUID, float] = {each.job.id: each.at for each in simulation.run()}
    assert foreseen.keys() == waiting
    assert {id: each.seconds for id, each in foreseen.items()} == pytest.approx(started)


def test_what_is_held_for_good_is_not_foreseen() -> None:
    simulation = Simulation(slots=1)
    free, paused = simulation.add_session(), simulation.add_session(paused=True)
    simulation.submit(free, 2, length=1.0)
    simulation.submit(paused, 2, length=1.0)
    simulation.run(until=0.0)
    assert len(forward(simulation, exactly(1.0)).starts) == 1


def test_it_looks_no_further_than_it_was_asked() -> None:
    simulation = Simulation(slots=1)
    simulation.submit(simulation.add_session(), 50, length=1.0)
    simulation.run(until=0.0)
    assert len(forward(simulation, exactly(1.0), most=7).starts) == 7


def test_uncertainty_adds_up_along_the_line() -> None:
    simulation = Simulation(slots=1)
    simulation.submit(simulation.add_session(), 5, length=1.0)
    simulation.run(until=0.0)
    found = list(forward(simulation, Measured([0.5, 1.5] * 50)).starts.values())
    assert [each.seconds for each in found] == pytest.approx([1, 2, 3, 4])
    assert [each.variance for each in found] == pytest.approx([0.25, 0.5, 0.75, 1.0])
    assert found[3].p90() == pytest.approx(4 + 1.2816)
    assert found[3].p90(2.0) == pytest.approx(4 + 2 * 1.2816)


def with_short_jobs(*joins_runs: bool, slots: int = 1) -> Simulation:
    """One session; the first jobs run already, one in each slot."""
    simulation = Simulation(slots=slots)
    session = simulation.add_session()
    for joins in (*[False] * slots, *joins_runs):
        simulation.submit(session, length=0.01, joins_runs=joins)
    simulation.run(until=0.0)
    return simulation


def test_short_jobs_go_in_runs_one_after_the_other_in_a_slot() -> None:
    simulation = with_short_jobs(*[True] * 12)
    found = list(forward(simulation, Measured([0.005, 0.015] * 50)).starts.values())
    assert [each.seconds for each in found] == pytest.approx([place * 0.01 for place in range(1, 13)])
    assert [each.variance for each in found] == pytest.approx([place * 0.005**2 for place in range(1, 13)])


def test_a_run_leaves_work_for_every_free_slot() -> None:
    simulation = with_short_jobs(*[True] * 8, slots=4)
    found = forward(simulation, exactly(0.01)).starts.values()
    assert sorted(each.seconds for each in found) == pytest.approx([0.01] * 4 + [0.02] * 4)


def test_a_run_ends_where_a_job_stands_that_goes_alone() -> None:
    simulation = with_short_jobs(True, False, True, True)
    found = forward(simulation, exactly(0.01)).starts
    assert [found[id].seconds for id in sorted(found)] == pytest.approx([0.01, 0.02, 0.03, 0.04])


def test_with_runs_too_it_looks_no_further_than_it_was_asked() -> None:
    assert len(forward(with_short_jobs(*[True] * 50), exactly(0.01), most=7).starts) == 7


def test_what_has_run_long_is_expected_to_go_on_as_those_that_took_longer() -> None:
    measured = Measured([1.0, 1.0, 1.0, 10.0, 12.0])
    assert measured.whole.mean == 5.0
    assert measured.remaining(2.0).mean == pytest.approx(9.0)
    assert measured.remaining(20.0).mean == 20.0


def test_little_is_known_below_a_hundred() -> None:
    assert not Measured([1.0] * 99).is_known
    assert Measured([1.0], finished=100).is_known
    assert Measured().whole.mean == 1.0
