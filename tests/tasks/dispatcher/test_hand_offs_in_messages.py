"""The leader's tickets: what is taken at once is never written, what is not is; pauses void them; an earlier leader's count."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from django.db.models.functions import Now

from agents.actor import Actor
from agents.models import Session
from tasks import transitions
from tasks.dispatcher.loop import Dispatcher
from tasks.transitions import Ticket
from tests.committing import commits
from tests.tasks.desk import complete, row
from tests.tasks.dispatcher.stand_in import StandIn
from tests.tasks.dispatcher.test_free_slots_only import step
from tests.tasks.people import submitted

pytestmark = [pytest.mark.requirement("Q12"), commits]


@pytest.fixture
def patient(stepped: Dispatcher) -> Dispatcher:
    """It writes no hand-off down by itself."""
    stepped._patience = 3600.0
    return stepped


def test_what_is_taken_at_once_is_never_written(
    ann: Actor, patient: Dispatcher, worker: Callable[..., StandIn]
) -> None:
    stand_in = worker(slots=1)
    step(patient)
    [job] = submitted(ann).jobs
    step(patient)
    [message] = stand_in.take(1)
    assert (row(job).handed_to, row(job).epoch) == ("", 0)
    [claim] = stand_in.claim_of(message)
    step(patient)
    assert patient.state is not None
    assert (patient.state.tickets, list(patient.state.held)) == ({}, [job.id])
    complete(claim)
    step(patient)
    assert patient.state.held == {}


def test_what_nobody_takes_is_written(ann: Actor, patient: Dispatcher, worker: Callable[..., StandIn]) -> None:
    stand_in = worker(slots=1)
    step(patient)
    [job] = submitted(ann).jobs
    step(patient)
    patient._patience = 0.0
    step(patient)
    assert (row(job).handed_to, row(job).epoch) == (stand_in.id, 1)
    [message] = stand_in.take(1)
    assert len(stand_in.claim_of(message)) == 1


@pytest.mark.requirement("Q9")
def test_a_pause_takes_back_what_is_on_its_way(ann: Actor, patient: Dispatcher, worker: Callable[..., StandIn]) -> None:
    stand_in = worker(slots=1)
    step(patient)
    [job] = submitted(ann).jobs
    step(patient)
    [message] = stand_in.take(1)
    Session.objects.update(paused_at=Now())
    step(patient)
    assert stand_in.claim_of(message) == []
    assert patient.state is not None
    assert (patient.state.tickets, patient.state.held) == ({}, {})
    Session.objects.update(paused_at=None)
    step(patient)
    assert stand_in.claim_of(message) == [], "the one before is void"
    [again] = stand_in.take(1)
    assert [claim.id for claim in stand_in.claim_of(again)] == [job.id]


@pytest.mark.requirement("Q2")
def test_a_job_that_runs_though_this_leader_did_not_start_it_counts(
    ann: Actor, stepped: Dispatcher, worker: Callable[..., StandIn]
) -> None:
    """As when an earlier leader's message is taken while the new one reads what runs."""
    step(stepped)
    [job] = submitted(ann, {"session": "one"}).jobs
    Session.objects.update(max_running=1)
    step(stepped)
    assert stepped.leadership.term is not None
    earlier = Ticket(stepped.leadership.term, time.time() + 60, job.session_id, True, 1.0, 1)
    [claim] = transitions.claim([(job.id, 1)], "w-1", earlier)
    [second] = submitted(ann, {"session": "one"}).jobs
    worker(slots=4)
    step(stepped)
    assert stepped.state is not None
    assert list(stepped.state.held) == [job.id]
    assert not row(second).handed_to, "the session's cap is 1, and one runs"
    complete(claim)
    step(stepped)
    step(stepped)
    assert row(second).handed_to
