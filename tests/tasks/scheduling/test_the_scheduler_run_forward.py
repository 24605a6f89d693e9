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


def test_what_has_run_long_is_expected_to_go_on_as_those_that_took_longer() -> None:
    measured = Measured([1.0, 1.0, 1.0, 10.0, 12.0])
    assert measured.whole.mean == 5.0
    assert measured.remaining(2.0).mean == pytest.approx(9.0)
    assert measured.remaining(20.0).mean == 20.0


def test_little_is_known_below_a_hundred() -> None:
    assert not Measured([1.0] * 99).is_known
    assert Measured([1.0], finished=100).is_known
    assert Measured().whole.mean == 1.0
