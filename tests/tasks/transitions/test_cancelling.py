"""A cancel against everything that may happen to a job at the same moment."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import transaction

from agents import tenancy
from agents.actor import Actor
from agents.errors import NotAllowed, NotFound
from agents.roles import Role
from tasks import transitions
from tasks.models import AgentJob
from tasks.operations.cancel import AlreadyOver, Cancelled, cancel
from tasks.states import State
from tasks.transitions import Claim
from tests.committing import commits
from tests.tasks.desk import (
    CRASHED,
    PERMANENT,
    TRANSIENT,
    USAGE,
    Desk,
    attempts,
    claim,
    complete,
    kinds,
    last_event,
    let_lease_run_out,
    row,
)
from tests.tasks.parties import Party, at_once
from tests.tasks.people import member, new_workspace, submitted

pytestmark = [pytest.mark.requirement("Q10"), commits]


def cancelled(actor: Actor, job: AgentJob | Claim, reason: str = "no need") -> Cancelled:
    with tenancy.as_user(actor):
        return cancel(actor, job.id, reason)


class TestOneThatWaits:
    @pytest.mark.parametrize("place", ["queued", "handed off", "blocked"])
    def test_it_never_starts(self, ann: Actor, desk: Desk, place: str) -> None:
        first, job = submitted(ann, {"key": "a"}, {"depends_on": ["a"]} if place == "blocked" else {}).jobs
        handed = desk.hand(job) if place == "handed off" else []
        assert cancelled(ann, job).outcome == "never_started"
        assert not handed or claim(handed) == []
        now, event = row(job), last_event(job)
        assert (now.state, now.cancel_requested_by, now.cancel_reason) == (State.CANCELLED, "user:ann", "no need")
        assert (event.kind, event.actor, event.reason) == ("TaskCancelled", "user:ann", "no need")
        assert row(first).state == State.QUEUED

    def test_a_claim_that_comes_while_it_is_cancelled_gets_nothing(
        self, ann: Actor, desk: Desk, two: list[Party]
    ) -> None:
        person, worker = two
        [job] = submitted(ann).jobs
        handed = desk.hand(job)
        person.enter(tenancy.as_user(ann))
        assert person.do(cancel, ann, job.id).outcome == "never_started"
        claiming = worker.begin(claim, handed)
        worker.wait_until_blocked()
        person.leave()
        assert claiming.result(10) == []

    def test_a_cancel_that_comes_while_it_is_claimed_asks_the_worker(
        self, ann: Actor, desk: Desk, two: list[Party]
    ) -> None:
        person, worker = two
        [job] = submitted(ann).jobs
        handed = desk.hand(job)
        worker.enter(transaction.atomic())
        assert worker.do(claim, handed)
        cancelling = person.begin(cancelled, ann, job)
        person.wait_until_blocked()
        worker.leave()
        assert cancelling.result(10).outcome == "stopping"
        assert row(job).is_cancelling

    def test_at_once_it_either_never_starts_or_is_asked_to_stop(self, ann: Actor, desk: Desk, two: list[Party]) -> None:
        for _ in range(10):
            [job] = submitted(ann).jobs
            handed = desk.hand(job)
            claims, answer = at_once(
                (two[0], lambda handed=handed: claim(handed)), (two[1], lambda job=job: cancelled(ann, job))
            )
            assert isinstance(answer, Cancelled)
            now = row(job)
            assert (answer.outcome, now.state) == (
                ("stopping", State.RUNNING) if claims else ("never_started", State.CANCELLED)
            )


class TestOneThatRuns:
    def test_its_worker_is_asked_and_it_is_cancelled_when_it_is_gone(self, ann: Actor, desk: Desk) -> None:
        [job] = submitted(ann).jobs
        running = desk.start_one(job)
        answer = cancelled(ann, job)
        assert (answer.outcome, answer.job.state, answer.job.is_cancelling) == ("stopping", "running", True)
        asked = last_event(job)
        assert (asked.kind, asked.actor, asked.reason) == ("TaskCancelRequested", "user:ann", "no need")
        assert (asked.before, asked.after, asked.worker) == ("running", "running", "w-1")
        assert transitions.stop(running, USAGE, "no need")
        now, [attempt], event = row(job), attempts(job), last_event(job)
        assert (now.state, attempt.outcome, attempt.charged) == (State.CANCELLED, "cancelled", False)
        assert (event.kind, event.actor, event.reason) == ("TaskCancelled", "worker:w-1", "no need")

    def test_asking_again_changes_nothing(self, ann: Actor, desk: Desk) -> None:
        [job] = submitted(ann).jobs
        desk.start_one(job)
        cancelled(ann, job, "first")
        was = row(job)
        assert cancelled(ann, job, "second").outcome == "stopping"
        now = row(job)
        assert kinds(job).count("TaskCancelRequested") == 1
        assert (now.cancel_reason, now.cancel_requested_at) == ("first", was.cancel_requested_at)

    def test_one_that_completes_first_was_too_late_to_cancel(self, ann: Actor, desk: Desk, two: list[Party]) -> None:
        worker, person = two
        [job] = submitted(ann).jobs
        running = desk.start_one(job)
        worker.enter(transaction.atomic())
        assert worker.do(complete, running) == 1
        cancelling = person.begin(cancelled, ann, job)
        person.wait_until_blocked()
        worker.leave()
        with pytest.raises(AlreadyOver, match="The job is completed already"):
            cancelling.result(10)
        assert row(job).state == State.COMPLETED

    def test_one_that_completes_although_it_was_asked_to_stop_has_completed(self, ann: Actor, desk: Desk) -> None:
        [job] = submitted(ann).jobs
        running = desk.start_one(job)
        cancelled(ann, job)
        assert complete(running) == 1
        assert row(job).state == State.COMPLETED
        assert kinds(job)[-1] == "TaskCompleted"

    def test_at_once_it_is_completed_and_the_cancel_is_answered_either_way(
        self, ann: Actor, desk: Desk, two: list[Party]
    ) -> None:
        for _ in range(10):
            [job] = submitted(ann).jobs
            running = desk.start_one(job)
            done, answer = at_once(
                (two[0], lambda running=running: complete(running)), (two[1], lambda job=job: cancelled(ann, job))
            )
            assert done == 1
            assert isinstance(answer, AlreadyOver | Cancelled)
            assert row(job).state == State.COMPLETED

    @pytest.mark.parametrize(
        ("end", "outcome"),
        [
            (lambda run: transitions.retry_later(run, TRANSIENT, 5.0, USAGE), "failed"),
            (lambda run: transitions.hand_back(run, USAGE, "its worker stops"), "handed_back"),
            (lambda run: transitions.crash(run, CRASHED, alone=True), "crashed"),
            (lambda run: let_lease_run_out(run) or transitions.recover_lost_leases(), "lease_lost"),
        ],
        ids=["its attempt fails", "its worker stops", "its process dies", "its lease is lost"],
    )
    def test_it_is_cancelled_and_not_queued_again_when(
        self, ann: Actor, desk: Desk, end: Callable[[Claim], object], outcome: str
    ) -> None:
        """What somebody stopped must not start anew, however it ended."""
        [job] = submitted(ann).jobs
        running = desk.start_one(job)
        cancelled(ann, job)
        assert end(running)
        now, [attempt], event = row(job), attempts(job), last_event(job)
        assert (now.state, attempt.outcome) == (State.CANCELLED, outcome)
        assert attempt.ended_at is not None
        assert (event.kind, event.reason) == ("TaskCancelled", "no need")

    def test_one_that_fails_for_good_has_failed(self, ann: Actor, desk: Desk) -> None:
        [job] = submitted(ann).jobs
        running = desk.start_one(job)
        cancelled(ann, job)
        assert transitions.fail(running, PERMANENT, "permanent", USAGE)
        assert row(job).state == State.FAILED


class TestWhoMay:
    def test_one_that_is_over_cannot_be_cancelled(self, ann: Actor, desk: Desk) -> None:
        [job] = submitted(ann).jobs
        cancelled(ann, job)
        with pytest.raises(AlreadyOver) as refused:
            cancelled(ann, job)
        assert (refused.value.status, refused.value.code) == (409, "already_over")

    def test_a_viewer_may_not(self, ann: Actor) -> None:
        [job] = submitted(ann).jobs
        viewer = Actor("user", "2", "bob", dict.fromkeys(ann.roles, Role.VIEWER))
        with pytest.raises(NotAllowed, match="To cancel jobs takes the role operator"):
            cancelled(viewer, job)
        assert row(job).state == State.QUEUED

    def test_another_workspaces_job_is_not_found(self, ann: Actor) -> None:
        [job] = submitted(ann).jobs
        with pytest.raises(NotFound):
            cancelled(member(new_workspace(), name="bob"), job)
        assert row(job).state == State.QUEUED
