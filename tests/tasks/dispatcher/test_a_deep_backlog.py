"""Of many sessions a new leader reads a few jobs each, so that it leads soon, and the rest when they are served."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agents.actor import Actor
from tasks.dispatcher.loop import Dispatcher
from tasks.scheduling import snapshot
from tasks.scheduling.runs import ENOUGH_MEASURED, RUN_SECONDS
from tests.committing import commits
from tests.tasks.desk import complete
from tests.tasks.dispatcher.stand_in import StandIn
from tests.tasks.dispatcher.test_free_slots_only import step
from tests.tasks.people import submitted

pytestmark = pytest.mark.requirement("O5")


@pytest.mark.parametrize(
    ("sessions", "each"), [(0, snapshot.WINDOW), (10, snapshot.WINDOW), (1_000, 50), (10_000, 5), (1_000_000, 4)]
)
def test_the_more_sessions_the_fewer_of_each(sessions: int, each: int) -> None:
    assert snapshot.window_for(sessions) == each


@commits
def test_all_of_a_session_run_though_few_were_read_at_first(
    ann: Actor, stepped: Dispatcher, worker: Callable[..., StandIn], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "MOST_HEADS", 4)
    jobs = submitted(ann, *({"session": "deep"} for _ in range(12))).jobs
    stand_in = worker(slots=3)
    ran = []
    while len(ran) < len(jobs):
        step(stepped)
        for message in stand_in.rest():
            claims = stand_in.claim_of(message)
            complete(*claims)
            ran += [claim.id for claim in claims]
    assert ran == [job.id for job in jobs]


@commits
def test_a_run_is_as_long_as_it_may_be_though_few_of_its_session_were_read(
    ann: Actor, stepped: Dispatcher, worker: Callable[..., StandIn], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "MOST_HEADS", 4)
    jobs = submitted(ann, *({"tool": "echo", "args": {"text": "short"}, "session": "deep"} for _ in range(60))).jobs
    step(stepped)  # it leads, and nothing can start
    assert stepped.state is not None
    for _ in range(ENOUGH_MEASURED):
        stepped.state.durations.note(jobs[0].kind, 0.001)
    stand_in = worker(slots=1)
    while not (messages := stand_in.rest()):
        step(stepped)
    [first] = messages
    assert [claim.id for claim in stand_in.claim_of(first)] == [job.id for job in jobs[: int(RUN_SECONDS / 0.001)]]
