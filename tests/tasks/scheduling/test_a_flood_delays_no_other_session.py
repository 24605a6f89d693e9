"""What users of other queues complain about most: one key fills all capacity."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tasks.scheduling.values import Needs, Policy, Worker
from tests.tasks.scheduling.simulation import Simulation

DOCKER = Needs(frozenset({"docker"}))


@pytest.mark.requirement("Q3")
@settings(max_examples=40)
@given(
    slots=st.integers(1, 8),
    arrives=st.floats(0.0, 60.0),
    length=st.sampled_from([0.1, 1.0, 3.0]),
    guess=st.sampled_from([0.1, 0.5, 1.0, 3.0, 30.0]),
    window=st.sampled_from([8, 32]),
    idlers=st.integers(0, 3),
)
@example(slots=1, arrives=0.05, length=0.1, guess=30.0, window=8, idlers=0)
def test_another_sessions_first_job_waits_at_most_one_jobs_length(
    slots: int, arrives: float, length: float, guess: float, window: int, idlers: int
) -> None:
    """Even if its jobs are expected to be much longer or shorter than they are."""
    simulation = Simulation(slots=slots, window=window)
    flood, other = simulation.add_session(), simulation.add_session()
    background = [simulation.add_session() for _ in range(idlers)]
    for number, session in enumerate(background):
        simulation.submit(session, 5, cost=1.0, priority=3 + number % 2)
    simulation.submit(flood, 2_000, cost=guess, length=length)
    (first,) = simulation.submit(other, at=arrives, cost=1.0)
    started = simulation.run(until=arrives + length + 1.0)
    wait = next(it.waited for it in started if it.job.id == first.id)
    assert wait <= length + 1e-6


@pytest.mark.requirement("Q3")
@settings(max_examples=20)
@given(slots=st.integers(1, 8), arrives=st.floats(0.0, 60.0))
def test_another_workspaces_first_job_waits_at_most_one_jobs_length(slots: int, arrives: float) -> None:
    simulation = Simulation(slots=slots)
    flood = [simulation.add_session() for _ in range(5)]
    other = simulation.add_session(workspace=simulation.add_workspace())
    for session in flood:
        simulation.submit(session, 200, priority=0)
    (first,) = simulation.submit(other, at=arrives, priority=4)
    started = simulation.run(until=arrives + 2.0)
    wait = next(it.waited for it in started if it.job.id == first.id)
    assert wait <= 1.0 + 1e-6


@pytest.mark.requirement("Q3")
def test_nor_where_both_want_what_is_scarce() -> None:
    """The flood's clock is far behind that of the others, who had more workers; the newcomer is not behind it."""
    simulation = Simulation(slots=3, policy=Policy(aging_seconds=inf))
    simulation.change_worker(Worker("w1", 1, capabilities=frozenset({"docker"})))
    usual, flood, other = (simulation.add_session() for _ in range(3))
    simulation.submit(usual, 1000)
    simulation.submit(flood, 500, needs=DOCKER)
    (first,) = simulation.submit(other, at=100.5, needs=DOCKER)
    started = simulation.run(until=110.0)
    assert next(it.waited for it in started if it.job.id == first.id) <= 2.0


@pytest.mark.requirement("Q3")
@pytest.mark.parametrize(("every", "share"), [(1.25, 18), (1.0, 10)])
def test_many_newcomers_one_after_the_other_do_not_keep_a_waiting_session_out(every: float, share: int) -> None:
    """With 1.25 they leave a fifth of the slot; with 1.0 all of it is wanted, and the line grows longer."""
    simulation = Simulation(policy=Policy(aging_seconds=inf))
    patient = simulation.add_session()
    simulation.submit(patient, 40)
    for number in range(100):
        simulation.submit(simulation.add_session(), at=number * every + 0.5)
    started = simulation.run(until=100.0)
    assert sum(it.job.session == patient for it in started) >= share


@pytest.mark.requirement("Q3")
@pytest.mark.parametrize("window", [1, 2, 7, 1000])
def test_how_much_of_a_backlog_is_seen_at_once_changes_nothing(window: int) -> None:
    simulation = Simulation(slots=3, window=window)
    for weight in (1.0, 2.0, 0.5):
        session = simulation.add_session(weight=weight)
        for number in range(30):
            simulation.submit(session, cost=1.0 + number % 3, length=2.0 - number % 2, priority=1 + number % 3)
    whole = Simulation(slots=3)
    for weight in (1.0, 2.0, 0.5):
        session = whole.add_session(weight=weight)
        for number in range(30):
            whole.submit(session, cost=1.0 + number % 3, length=2.0 - number % 2, priority=1 + number % 3)
    assert [(it.at, it.job.id) for it in simulation.run()] == [(it.at, it.job.id) for it in whole.run()]
