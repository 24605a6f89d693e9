"""Fairness between sessions of a workspace, and between workspaces."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import accumulate, pairwise
from math import inf
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.scheduling.values import Needs, Policy, Worker
from tests.tasks.scheduling.simulation import Simulation, Started

NO_AGING = Policy(aging_seconds=inf)  # equals stay equals; a new level is a new account
lengths = st.lists(st.integers(1, 50).map(lambda tenths: tenths / 10), min_size=30, max_size=40)
weights = st.sampled_from([0.5, 1.0, 2.0, 3.0])


def worst_difference(started: Iterable[Started], who: Callable[[Started], UUID], weights: dict[UUID, float]) -> float:
    """The most by which the weighted service of two differs, over every interval in which both wait.

    With the service since the beginning as a path, the difference over an interval is that of two points of the
    path; only the part is looked at in which each still has jobs.
    """
    f, g = weights
    started = list(started)
    last = {owner: max(n for n, it in enumerate(started) if who(it) == owner) for owner in weights}
    both_wait = started[: min(last.values()) + 1]
    steps = [(it.length / weights[f] if who(it) == f else -it.length / weights[g]) for it in both_wait]
    path = list(accumulate(steps, initial=0.0))
    return max(path) - min(path)


def longest(started: Iterable[Started], who: Callable[[Started], UUID]) -> dict[UUID, float]:
    longest: dict[UUID, float] = defaultdict(float)
    for it in started:
        longest[who(it)] = max(longest[who(it)], it.length)
    return longest


def of_session(started: Started) -> UUID:
    return started.job.session


def of_workspace(started: Started) -> UUID:
    return started.job.workspace


@pytest.mark.requirement("Q3")
@settings(max_examples=50)
@given(first=lengths, second=lengths, weight=weights, slots=st.integers(1, 4))
def test_two_sessions_that_wait_all_the_time_differ_by_at_most_one_job_of_each(
    first: list[float], second: list[float], weight: float, slots: int
) -> None:
    """|W_f/w_f − W_g/w_g| ≤ l_f/w_f + l_g/w_g over every interval: the bound of start-time fair queuing."""
    simulation = Simulation(slots=slots, policy=NO_AGING)
    f = simulation.add_session()
    g = simulation.add_session(weight=weight)
    for session, costs in ((f, first), (g, second)):
        for cost in costs:
            simulation.submit(session, cost=cost)
    started = simulation.run()
    most = longest(started, of_session)
    bound = most[f] + most[g] / weight
    assert worst_difference(started, of_session, {f: 1.0, g: weight}) <= bound + 1e-6


@pytest.mark.requirement("Q3")
@settings(max_examples=50)
@given(first=lengths, second=lengths, weight=weights, guess=st.sampled_from([0.01, 0.3, 1.0, 8.0]))
def test_a_wrong_estimate_is_settled_to_the_real_cost(
    first: list[float], second: list[float], weight: float, guess: float
) -> None:
    """On one slot each job is settled before the next begins, so the bound holds for what they really took."""
    simulation = Simulation(slots=1, policy=NO_AGING)
    f = simulation.add_session()
    g = simulation.add_session(weight=weight)
    for length in first:
        simulation.submit(f, cost=guess, length=length)
    for length in second:
        simulation.submit(g, cost=1.0, length=length)
    started = simulation.run()
    most = longest(started, of_session)
    bound = most[f] + most[g] / weight
    assert worst_difference(started, of_session, {f: 1.0, g: weight}) <= bound + 1e-6


@pytest.mark.requirement("Q3")
@settings(max_examples=50)
@given(
    first=lengths,
    second=lengths,
    weight=weights,
    slots=st.integers(1, 4),
    urgent=st.lists(st.booleans(), min_size=40, max_size=40),
)
def test_workspaces_share_whatever_priorities_they_use(
    first: list[float], second: list[float], weight: float, slots: int, urgent: list[bool]
) -> None:
    simulation = Simulation(slots=slots)
    modest, pushing = simulation.workspace, simulation.add_workspace(weight=weight)
    quiet = simulation.add_session(workspace=modest)
    loud = [simulation.add_session(workspace=pushing) for _ in range(3)]
    for cost in first:
        simulation.submit(quiet, cost=cost, priority=4)
    for number, cost in enumerate(second):
        simulation.submit(loud[number % 3], cost=cost, priority=0 if urgent[number] else 1)
    started = simulation.run()
    most = longest(started, of_workspace)
    bound = most[modest] + most[pushing] / weight
    assert worst_difference(started, of_workspace, {modest: 1.0, pushing: weight}) <= bound + 1e-6


@pytest.mark.requirement("Q3")
def test_shares_follow_the_weights() -> None:
    simulation = Simulation(slots=2)
    sessions = {simulation.add_session(weight=weight): weight for weight in (1.0, 2.0, 4.0)}
    for session in sessions:
        simulation.submit(session, 300)
    started = simulation.run(until=174.5)
    counts = {session: sum(it.job.session == session for it in started) for session in sessions}
    assert [round(count / 50) for count in counts.values()] == [1, 2, 4]


@pytest.mark.requirement("Q3")
@settings(max_examples=50)
@given(
    absent=st.floats(0.0, 300.0),
    costs=st.lists(st.integers(1, 30).map(lambda tenths: tenths / 10), min_size=5, max_size=20),
    slots=st.integers(1, 3),
    same_level=st.booleans(),
    workspaces=st.booleans(),
)
def test_who_comes_back_gets_no_credit_for_its_absence(
    absent: float, costs: list[float], slots: int, same_level: bool, workspaces: bool
) -> None:
    """From its return on it and the one that worked all the time differ by one job of each, as any two."""
    simulation = Simulation(slots=slots, policy=NO_AGING)
    steady, returning, background = (
        simulation.add_session(workspace=simulation.add_workspace() if workspaces else None) for _ in range(3)
    )
    simulation.submit(steady, 1100, cost=1.0)
    simulation.submit(background, 100, cost=1.0, priority=2 if same_level else 4)
    simulation.submit(returning, 3, cost=1.0)
    simulation.run(until=absent)
    for cost in costs:
        simulation.submit(returning, cost=cost)
    simulation.submit(returning, 30, cost=1.0)
    started = [it for it in simulation.run(until=absent + 60) if it.job.session in (steady, returning)]
    if len({it.job.session for it in started}) == 2:
        most = longest(started, of_session)
        bound = most[steady] + most[returning]
        assert worst_difference(started, of_session, {steady: 1.0, returning: 1.0}) <= bound + 1e-6


@pytest.mark.requirement("Q3")
@pytest.mark.parametrize("workspaces", [False, True])
def test_who_waited_in_vain_for_a_worker_is_not_ahead_when_one_comes(workspaces: bool) -> None:
    simulation = Simulation(slots=2, policy=NO_AGING)
    special, usual = (
        simulation.add_session(workspace=simulation.add_workspace() if workspaces else None) for _ in range(2)
    )
    simulation.submit(special, 500, needs=Needs(frozenset({"docker"})))
    simulation.submit(usual, 1000)
    simulation.run(until=100.5)
    simulation.change_worker(Worker("w0", 0))
    simulation.change_worker(Worker("w1", 1, capabilities=frozenset({"docker"})))
    started = simulation.run(until=121.0)
    assert sum(it.job.session == usual for it in started) == pytest.approx(10, abs=1)


@pytest.mark.requirement("Q3")
def test_a_debt_from_being_moved_ahead_ends_when_the_queue_is_empty() -> None:
    simulation = Simulation()
    pushed, other = simulation.add_session(), simulation.add_session()
    simulation.submit(pushed, 50, pinned=1.0)
    simulation.submit(other, 5)
    simulation.run()
    simulation.submit(pushed, 10)
    simulation.submit(other, 10)
    order = [it.job.session for it in simulation.run()]
    assert all(a != b for a, b in pairwise(order)), "they take turns again"


@pytest.mark.requirement("Q3")
def test_a_session_pays_for_what_was_moved_ahead() -> None:
    simulation = Simulation()
    pushed, other = simulation.add_session(), simulation.add_session()
    simulation.submit(pushed, 5, pinned=1.0, rank=-1.0)
    simulation.submit(pushed, 10)
    simulation.submit(other, 10)
    order = [it.job.session for it in simulation.run()]
    assert order[:10] == [pushed] * 5 + [other] * 5
    assert all(a != b for a, b in pairwise(order[10:20]))
