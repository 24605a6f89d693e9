"""Inside a workspace priority rules; waiting, and being waited for, makes a job more urgent."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.scheduling import changes
from tasks.scheduling.aging import level
from tasks.scheduling.values import Heads, Policy
from tests.tasks.scheduling.simulation import Simulation
from tests.tasks.scheduling.world import STEP


def sessions_in_order(simulation: Simulation) -> list[UUID]:
    return [it.job.session for it in simulation.run()]


@pytest.mark.requirement("Q1")
def test_a_more_urgent_job_of_another_session_goes_first() -> None:
    simulation = Simulation()
    sessions = [simulation.add_session() for _ in range(5)]
    for session, priority in zip(sessions, (3, 1, 4, 0, 2), strict=True):
        simulation.submit(session, priority=priority)
    assert [it.job.priority for it in simulation.run()] == [0, 1, 2, 3, 4]


@pytest.mark.requirement("Q3")
def test_calling_all_work_critical_takes_nothing_from_another_workspace() -> None:
    simulation = Simulation()
    critical = simulation.add_session()
    background = simulation.add_session(workspace=simulation.add_workspace())
    simulation.submit(critical, 10, priority=0)
    simulation.submit(background, 10, priority=4)
    assert sessions_in_order(simulation) == [critical, background] * 10


@pytest.mark.requirement("Q4")
def test_a_job_inherits_the_priority_of_the_most_urgent_that_depends_on_it() -> None:
    simulation = Simulation()
    plain, needed = simulation.add_session(), simulation.add_session()
    simulation.submit(plain, 3, priority=1)
    simulation.submit(needed, priority=4, inherited=0)
    assert sessions_in_order(simulation)[0] == needed


@pytest.mark.requirement("Q4")
@given(priority=st.integers(0, 4), inherited=st.none() | st.integers(0, 4), steps=st.integers(0, 9))
def test_a_job_counts_one_level_better_for_each_step_it_has_waited(
    priority: int, inherited: int | None, steps: int
) -> None:
    simulation = Simulation()
    (job,) = simulation.submit(simulation.add_session(), at=0.1, priority=priority, inherited=inherited)
    base = priority if inherited is None else min(priority, inherited)
    number, better_at = level(job, 0.1 + STEP * steps + 1, STEP)
    assert number == max(0, base - steps)
    if number:
        assert level(job, better_at, STEP)[0] == number - 1
        assert level(job, better_at - 1, STEP)[0] == number
    else:
        assert better_at == inf


@pytest.mark.requirement("Q4")
def test_the_least_urgent_job_starts_under_an_endless_stream_of_more_urgent_ones() -> None:
    simulation = Simulation()
    patient, busy = simulation.add_session(), simulation.add_session()
    (job,) = simulation.submit(patient, priority=4)
    for second in range(1000):
        simulation.submit(busy, at=float(second), priority=1)
    started = next(it for it in simulation.run() if it.job.id == job.id)
    assert started.waited == pytest.approx(3 * STEP, abs=STEP), "at P1, where the others are, it takes its turn"


@pytest.mark.requirement("Q4")
def test_without_aging_it_would_wait_for_ever() -> None:
    simulation = Simulation(policy=Policy(aging_seconds=inf))
    patient, busy = simulation.add_session(), simulation.add_session()
    simulation.submit(patient, priority=4)
    for second in range(1000):
        simulation.submit(busy, at=float(second), priority=1)
    assert simulation.run()[-1].job.session == patient


@pytest.mark.requirement("Q4")
@settings(max_examples=25)
@given(
    priorities=st.lists(st.integers(0, 4), min_size=1, max_size=6),
    stream=st.integers(0, 4),
    newcomers=st.booleans(),
    slots=st.integers(1, 2),
)
def test_every_job_starts_whatever_keeps_coming(
    priorities: list[int], stream: int, newcomers: bool, slots: int
) -> None:
    """The stream alone fills all slots, from one session or from ever new ones."""
    simulation = Simulation(slots=slots)
    waiting = [simulation.submit(simulation.add_session(), priority=it)[0].id for it in priorities]
    busy = simulation.add_session()
    for second in range(round(8 * STEP)):
        session = simulation.add_session() if newcomers and second % 10 == 0 else busy
        simulation.submit(session, slots, at=float(second), priority=stream)
    started = {it.job.id for it in simulation.run(until=7 * STEP)}
    assert started >= set(waiting)


@pytest.mark.requirement("Q8")
def test_an_override_goes_before_everything_but_no_cap() -> None:
    simulation = Simulation()
    usual, special = simulation.add_session(), simulation.add_session(workspace=simulation.add_workspace())
    simulation.submit(usual, 5, priority=0)
    simulation.submit(special, 1, priority=4, cost=50.0)
    second, first = (
        simulation.submit(special, 2, priority=4, override=2.0)[0],
        simulation.submit(special, override=1.0)[0],
    )
    order = [it.job.id for it in simulation.run()]
    assert order[0] == first.id
    assert order[1] == second.id
    simulation.scheduler.apply(changes.SessionChanged(replace(simulation.world.sessions[special], cap=0)))
    simulation.submit(special, override=0.0)
    simulation.submit(usual)
    assert {it.job.session for it in simulation.run(until=simulation.now + 10)} == {usual}


@pytest.mark.requirement("Q7")
def test_a_pinned_job_passes_other_sessions_of_its_level_only() -> None:
    simulation = Simulation()
    first, second, urgent = (simulation.add_session() for _ in range(3))
    simulation.submit(first, 3)
    pinned = simulation.submit(second, pinned=1.0)[0]
    more_urgent = simulation.submit(urgent, priority=1)[0]
    order = [it.job.id for it in simulation.run()]
    assert order[:2] == [more_urgent.id, pinned.id]


@pytest.mark.requirement("Q7")
def test_inside_its_session_a_job_goes_by_its_rank() -> None:
    simulation = Simulation()
    session = simulation.add_session()
    last, middle, first = (simulation.submit(session, rank=rank)[0].id for rank in (3.0, 2.0, 1.0))
    assert [it.job.id for it in simulation.run()] == [first, middle, last]


@pytest.mark.requirement("Q15")
def test_a_retry_that_waits_for_its_delay_lets_the_next_one_go() -> None:
    simulation = Simulation()
    session = simulation.add_session()
    (delayed,) = simulation.submit(session, available_at=10.0, rank=0.0)
    simulation.submit(session, 3, cost=2.0)
    started = simulation.run()
    assert [it.at for it in started] == [0.0, 2.0, 4.0, 10.0]
    assert started[-1].job.id == delayed.id


@pytest.mark.requirement("Q15")
def test_a_session_is_read_again_when_a_delay_outside_its_window_ends() -> None:
    simulation = Simulation()
    session = simulation.add_session()
    simulation.scheduler.apply(changes.SessionHeads(session, Heads((), next_at=50.0)))
    assert simulation.scheduler.wanted() == set()
    assert simulation.scheduler.next_event_at(0.0) == 50.0
    assert simulation.scheduler.next(50.0) is None
    assert simulation.scheduler.wanted() == {session}
