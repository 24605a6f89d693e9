"""Of several dispatchers one leads; who does not lead, or not any more, changes nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection

from agents.actor import Actor
from agents.sandbox.base import Usage
from tasks import transitions
from tasks.dispatcher.leadership import Leadership
from tasks.events import relay
from tasks.models import Event, Leader
from tasks.states import State
from tests.committing import commits
from tests.tasks.desk import Desk, row
from tests.tasks.dispatcher.conftest import Running
from tests.tasks.dispatcher.stand_in import StandIn, jobs_of
from tests.tasks.parties import wait_for
from tests.tasks.people import submitted

pytestmark = [pytest.mark.requirement("Q12"), commits]


def let_the_lease_run_out() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE tasks_leader SET until = clock_timestamp() - interval '1 ms'")


class TestTheLease:
    def test_the_first_leads_and_the_second_stands_by(self, db: None) -> None:
        first, second = Leadership(), Leadership()
        assert first.campaign()
        assert not second.campaign()
        assert (first.term, second.term) == (1, None)

    def test_renewing_keeps_the_term(self, db: None) -> None:
        leader = Leadership()
        terms = [leader.campaign() and leader.term for _ in range(3)]
        assert terms == [1, 1, 1]

    def test_one_that_resigns_is_followed_at_once_in_a_new_term(self, db: None) -> None:
        first, second = Leadership(), Leadership()
        first.campaign()
        first.resign()
        assert second.campaign()
        assert second.term == 2
        first.resign()  # it has nothing to give back any more
        assert Leader.objects.get().holder == second.holder

    def test_who_lets_it_run_out_begins_a_new_term_even_if_nobody_else_led(self, db: None) -> None:
        leader = Leadership()
        leader.campaign()
        let_the_lease_run_out()
        assert leader.campaign()
        assert leader.term == 2

    def test_it_is_renewed_while_a_deep_backlog_is_read(self, db: None) -> None:
        leader = Leadership()
        leader.campaign()
        before = Leader.objects.get().until
        with leader.kept():
            wait_for(lambda: Leader.objects.get().until > before, "a renewal")
        assert (Leader.objects.get().term, Leader.objects.get().holder) == (1, leader.holder)

    def test_one_that_another_has_taken_is_left_alone(self, db: None) -> None:
        leader, other = Leadership(), Leadership()
        leader.campaign()
        let_the_lease_run_out()
        other.campaign()
        now = Leader.objects.get().until
        with leader.kept():
            wait_for(lambda: not other.campaign() or Leader.objects.get().until > now, "time for a renewal")
        assert Leader.objects.get().holder == other.holder

    def test_who_was_frozen_is_told_that_another_leads(self, db: None) -> None:
        frozen, awake = Leadership(), Leadership()
        frozen.campaign()
        let_the_lease_run_out()
        assert awake.campaign()
        assert not frozen.campaign()
        assert frozen.term is None


class TestOneThatWasFrozen:
    """It led, froze, another took over; now it wakes and goes on where it was."""

    @pytest.fixture
    def frozen(self, db: None) -> dict[str, object]:
        desk = Desk()
        said = desk.leading
        let_the_lease_run_out()
        return said

    @pytest.mark.parametrize("is_followed", [False, True], ids=["before another leads", "after another leads"])
    def test_it_hands_nothing_off(self, ann: Actor, frozen: dict[str, object], is_followed: bool) -> None:
        [job] = submitted(ann).jobs
        if is_followed:
            assert Leadership().campaign()
        start = transitions.HandOff(job.id, 0, "w-1", run=job.id, cost=1.0, level=1, session=job.session_id, plain=True)
        assert transitions.hand_off([start], **frozen) == []
        assert row(job).handed_to == ""

    def test_it_recalls_nothing_that_the_new_leader_handed_off(self, ann: Actor, frozen: dict[str, object]) -> None:
        [job] = submitted(ann).jobs
        assert Desk().hand(job)
        assert transitions.recall_hand_offs(jobs=[job.id], **frozen) == []
        assert row(job).handed_to == "w-1"

    def test_it_numbers_no_event(self, ann: Actor, frozen: dict[str, object]) -> None:
        submitted(ann)
        assert Leadership().campaign()
        with pytest.raises(relay.NotLeading):
            relay.number(**frozen)
        assert not Event.objects.exclude(seq=None).exists()


class TestTwoAtOnce:
    def test_one_of_two_hands_out_every_job_once(
        self, ann: Actor, worker: Callable[..., StandIn], dispatchers: Callable[[], Running]
    ) -> None:
        stand_in = worker(slots=40)
        both = [dispatchers(), dispatchers()]
        jobs = submitted(ann, *({"session": f"s{n}"} for n in range(20))).jobs
        assert sorted(jobs_of(stand_in.take(20))) == sorted(job.id for job in jobs)
        wait_for(lambda: {row(job).epoch for job in jobs} == {1}, "each to be written into its row, once")
        assert sorted(each.leads for each in both) == [False, True]

    def test_where_the_leader_stops_the_other_takes_over(
        self, ann: Actor, worker: Callable[..., StandIn], dispatchers: Callable[[], Running]
    ) -> None:
        stand_in = worker(slots=4)
        first = dispatchers()
        wait_for(lambda: first.leads)
        second = dispatchers()
        submitted(ann, {"session": "one"})
        stand_in.work(1)
        first.ask_to_stop()
        submitted(ann, {"session": "two"})
        stand_in.work(1)
        assert second.leads
        assert Leader.objects.get().term == 2

    def test_the_new_leader_counts_what_runs_already(
        self, ann: Actor, worker: Callable[..., StandIn], dispatchers: Callable[[], Running]
    ) -> None:
        stand_in = worker(slots=3)
        first = dispatchers()
        jobs = submitted(ann, *({"session": f"s{n}"} for n in range(5))).jobs
        running = stand_in.claim(2)
        [[(handed, _)]] = stand_in.take(1)
        first.stop()
        second = dispatchers()
        wait_for(lambda: second.leads)
        extra = submitted(ann, {"session": "after"}).jobs
        assert transitions.hand_back(running[0], Usage(), "")
        [[(next_, _)]] = stand_in.take(1)
        assert next_ not in {running[1].id, handed}
        assert stand_in.rest() == [], "three slots are taken, by whoever handed them out"
        states = [row(job).state for job in [*jobs, *extra]]
        assert states.count(State.RUNNING) == 1


def test_it_goes_on_after_its_connection_broke_and_says_who_acts(
    ann: Actor, worker: Callable[..., StandIn], dispatcher: Running
) -> None:
    stand_in = worker()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [dispatcher.pid])
    first, second = submitted(ann, {"key": "a"}, {"depends_on": ["a"]}).jobs
    assert stand_in.work(2) == [first.id, second.id]
    event = Event.objects.get(kind="TaskUnblocked")
    assert (event.job_id, event.actor) == (second.id, "dispatcher")
