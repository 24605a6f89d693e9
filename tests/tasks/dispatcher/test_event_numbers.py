"""Every committed event gets one number, without gaps, in an order that keeps each job's; no reader misses one."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from uuid import UUID

import pytest

from agents import tenancy
from agents.actor import Actor
from tasks.dispatcher.leadership import Leadership
from tasks.events import relay
from tasks.models import AgentJob, Event, Leader
from tasks.operations.cancel import cancel
from tests.committing import commits
from tests.tasks.desk import Desk, complete
from tests.tasks.dispatcher.conftest import Running
from tests.tasks.dispatcher.stand_in import StandIn
from tests.tasks.parties import parties, wait_for
from tests.tasks.people import submitted

pytestmark = [pytest.mark.requirement("I6"), commits]


def numbers() -> list[int | None]:
    """Of all events, in the order of their ids."""
    return list(Event.objects.order_by("id").values_list("seq", flat=True))


@pytest.fixture
def leading(db: None) -> dict[str, object]:
    return Desk().leading


def test_they_count_up_from_one_without_gaps(ann: Actor, leading: dict[str, object]) -> None:
    for batch in (1, 3, 2):
        submitted(ann, *({} for _ in range(batch)))
        assert len(relay.number(**leading)) == batch
    assert numbers() == [1, 2, 3, 4, 5, 6]
    assert relay.number(**leading) == []
    assert Leader.objects.get().last_seq == 6


def test_a_new_leader_goes_on_counting(ann: Actor) -> None:
    for expected in (1, 2, 3):
        leader = Leadership()
        assert leader.campaign() and leader.term
        submitted(ann)
        [event] = relay.number(leader=leader.holder, term=leader.term)
        assert event.seq == expected
        leader.resign()


def test_more_than_one_batch_is_numbered_in_order(
    ann: Actor, leading: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "BATCH", 7)
    submitted(ann, *({} for _ in range(20)))
    while relay.number(**leading):
        pass
    assert numbers() == list(range(1, 21))


def test_an_open_transaction_elsewhere_holds_nobody_up(ann: Actor, leading: dict[str, object]) -> None:
    with parties(1) as [slow]:
        slow.enter(tenancy.as_user(ann))
        slow.do(submitted, ann, {"session": "slow"})
        submitted(ann, {"session": "quick"})
        [quick] = relay.number(**leading)
        assert relay.number(**leading) == []
        slow.leave()
    [late] = relay.number(**leading)
    assert (quick.seq, late.seq) == (1, 2)
    assert late.id < quick.id, "it was written first and committed last"


def test_what_is_rolled_back_gets_no_number_and_leaves_no_gap(ann: Actor, leading: dict[str, object]) -> None:
    with parties(1) as [other]:
        other.enter(tenancy.as_user(ann))
        other.do(submitted, ann, {"session": "one"})
        other.fail()
    submitted(ann, {"session": "two"})
    assert [event.seq for event in relay.number(**leading)] == [1]


def test_readers_by_cursor_get_each_event_once_and_each_jobs_in_order_while_many_write(
    ann: Actor, worker: Callable[..., StandIn], dispatcher: Running
) -> None:
    stand_in = worker(slots=4)
    rounds, per_round = 12, 3

    def write() -> None:
        for _ in range(rounds):
            jobs = submitted(ann, *({} for _ in range(per_round))).jobs
            with tenancy.as_user(ann):
                try:
                    cancel(ann, jobs[-1].id)
                except Exception:
                    pass

    def is_over() -> bool:
        return all(done.done() for done in writing) and not AgentJob.objects.open().exists()

    read: list[Event] = []
    cursor = 0
    with parties(3) as writers:
        writing: list[Future[None]] = [party.begin(write) for party in writers]
        while not is_over() or Event.objects.filter(seq=None).exists() or Event.objects.after(cursor).exists():
            for run in stand_in.rest():
                if claims := stand_in.claim_of(run):
                    complete(*claims)
            page = list(Event.objects.after(cursor)[:5])
            read += page
            cursor = page[-1].seq if page else cursor
            time.sleep(0.002)  # lets the other threads of this process come
        for done in writing:
            done.result(30)

    assert [event.seq for event in read] == list(range(1, len(read) + 1))
    assert {event.id for event in read} == set(Event.objects.values_list("id", flat=True))
    versions = versions_by_job(read)
    assert len(versions) == 3 * rounds * per_round
    assert all(of_job == list(range(1, len(of_job) + 1)) for of_job in versions.values())


def versions_by_job(events: list[Event]) -> dict[UUID, list[int]]:
    """Of each job's changes of state, in the order of the events."""
    found: dict[UUID, list[int]] = {}
    for event in events:
        if event.job_id is not None and event.before != event.after:
            found.setdefault(event.job_id, []).append(event.version)
    return found


def test_the_dispatcher_numbers_what_others_write_while_it_has_nothing_to_do(ann: Actor, dispatcher: Running) -> None:
    submitted(ann)
    wait_for(lambda: None not in numbers())
