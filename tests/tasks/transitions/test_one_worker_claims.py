"""A job runs on the one worker that it was handed to, under that hand-off, once."""

from __future__ import annotations

import pytest
from django.db import transaction

from agents.actor import Actor
from tasks import transitions
from tasks.states import State
from tests.committing import commits
from tests.tasks.desk import Desk, attempts, claim, kinds, let_hand_off_run_out, row
from tests.tasks.parties import Party, at_once
from tests.tasks.people import submitted

pytestmark = [pytest.mark.requirement("W2"), commits]


def test_a_claim_begins_an_attempt(ann: Actor, desk: Desk) -> None:
    [job] = submitted(ann).jobs
    claimed = desk.start_one(job, on="w-7")
    now, [attempt] = row(job), attempts(job)
    assert (now.state, now.worker_id, now.attempt, now.epoch) == (State.RUNNING, "w-7", 1, 1)
    assert now.lease_until is not None and now.started_at is not None
    assert (attempt.number, attempt.epoch, attempt.worker_id, attempt.outcome) == (1, 1, "w-7", "")
    assert (claimed.id, claimed.epoch, claimed.attempt) == (job.id, 1, 1)
    assert kinds(job) == ["TaskEnqueued", "TaskStarted"]


def test_of_two_claims_at_once_one_wins(ann: Actor, desk: Desk, two: list[Party]) -> None:
    for _ in range(10):
        [job] = submitted(ann).jobs
        handed = desk.hand(job)
        done = at_once(*((party, lambda handed=handed: claim(handed)) for party in two))
        assert sorted(len(claims) for claims in done) == [0, 1]
        assert (row(job).attempt, len(attempts(job))) == (1, 1)


def test_the_second_of_two_waits_for_the_first_and_gets_nothing(ann: Actor, desk: Desk, two: list[Party]) -> None:
    first, second = two
    [job] = submitted(ann).jobs
    handed = desk.hand(job)
    first.enter(transaction.atomic())
    assert first.do(claim, handed)
    other = second.begin(claim, handed)
    second.wait_until_blocked()
    first.leave()
    assert other.result(10) == []


def test_a_message_that_came_twice_does_nothing_the_second_time(ann: Actor, desk: Desk) -> None:
    [job] = submitted(ann).jobs
    handed = desk.hand(job)
    assert claim(handed)
    assert claim(handed) == []


def test_a_message_meant_for_another_worker_does_nothing(ann: Actor, desk: Desk) -> None:
    [job] = submitted(ann).jobs
    assert claim(desk.hand(job, to="w-1"), worker="w-2") == []
    assert row(job).state == State.QUEUED


def test_a_hand_off_that_ran_out_cannot_be_claimed(ann: Actor, desk: Desk) -> None:
    [job] = submitted(ann).jobs
    handed = desk.hand(job)
    let_hand_off_run_out(job)
    assert claim(handed) == []


def test_a_late_message_of_an_earlier_hand_off_does_nothing(ann: Actor, desk: Desk) -> None:
    [job] = submitted(ann).jobs
    late = desk.hand(job)
    assert desk.recall(job) == [job.id]
    assert claim(late) == []
    again = desk.hand(job)
    assert again[0].epoch > late[0].epoch
    assert claim(late) == []
    assert [each.epoch for each in claim(again)] == [again[0].epoch]


def test_a_job_that_is_handed_off_already_is_not_handed_off_again(ann: Actor, desk: Desk) -> None:
    [job] = submitted(ann).jobs
    assert desk.hand(job)
    assert desk.hand(job, to="w-2") == []


def test_a_job_that_changed_since_it_was_read_is_not_handed_off(ann: Actor, desk: Desk) -> None:
    [job] = submitted(ann).jobs
    start = transitions.HandOff(
        job.id, row(job).epoch, "w-1", run=job.id, cost=1.0, level=1, session=job.session_id, plain=True
    )
    desk.hand(job)
    desk.recall(job)
    assert transitions.hand_off([start], **desk.leading) == []


class TestRuns:
    """Several jobs in one message, for one slot."""

    def test_all_of_a_run_are_claimed_at_once_in_its_order(self, ann: Actor, desk: Desk) -> None:
        jobs = submitted(ann, *({} for _ in range(5))).jobs
        wanted = [jobs[place] for place in (2, 0, 4, 1, 3)]
        claims = desk.start(*wanted)
        assert [each.id for each in claims] == [job.id for job in wanted]
        assert {row(job).run for job in jobs} == {wanted[0].id}
        assert all(len(attempts(job)) == 1 for job in jobs)

    def test_what_was_taken_out_of_it_is_skipped(self, ann: Actor, desk: Desk) -> None:
        jobs = submitted(ann, *({} for _ in range(5))).jobs
        handed = desk.hand(*jobs)
        transitions.cancel_waiting([jobs[0].id], by="user:ann", reason="")
        desk.recall(jobs[2])
        let_hand_off_run_out(jobs[4])
        assert [each.id for each in claim(handed)] == [jobs[1].id, jobs[3].id]

    def test_claims_and_cancels_of_many_jobs_do_not_stop_each_other(
        self, ann: Actor, desk: Desk, two: list[Party]
    ) -> None:
        """They lock many rows each, so they must lock them in one order."""
        for _ in range(10):
            jobs = submitted(ann, *({} for _ in range(40))).jobs
            handed = desk.hand(*reversed(jobs))
            ids = [job.id for job in jobs]
            claimed, cancelled = at_once(
                (two[0], lambda handed=handed: claim(handed)),
                (two[1], lambda ids=ids: transitions.cancel_waiting(ids, by="user:ann", reason="")),
            )
            assert isinstance(claimed, list) and isinstance(cancelled, list), (claimed, cancelled)
            assert sorted([*(each.id for each in claimed), *cancelled]) == ids
