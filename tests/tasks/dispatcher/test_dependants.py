"""What becomes of jobs that wait for others, when those are over."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agents import tenancy
from agents.actor import Actor
from tasks import transitions
from tasks.models import AgentJob
from tasks.operations.cancel import cancel
from tasks.operations.retry import retry
from tasks.states import State
from tests.committing import commits
from tests.tasks.desk import PERMANENT, USAGE, complete, kinds, last_event, row
from tests.tasks.dispatcher.conftest import Running
from tests.tasks.dispatcher.stand_in import StandIn
from tests.tasks.parties import wait_for
from tests.tasks.people import submitted

pytestmark = [pytest.mark.requirement("J7"), commits]


def fail_next(stand_in: StandIn) -> None:
    [run] = stand_in.claim()
    assert transitions.fail(run, PERMANENT, "permanent", USAGE)


def is_in(job: AgentJob, state: State) -> Callable[[], bool]:
    return lambda: row(job).state == state


def test_it_runs_when_all_that_it_requires_has_completed(
    ann: Actor, worker: Callable[..., StandIn], dispatcher: Running
) -> None:
    stand_in = worker()
    first, second, last = submitted(ann, {"key": "a"}, {"key": "b"}, {"depends_on": ["a", "b"]}).jobs
    one, other = stand_in.claim(2)
    complete(one)
    wait_for(lambda: "TaskCompleted" in kinds(one) and last_event(one).seq is not None)
    assert row(last).state == State.BLOCKED
    complete(other)
    assert stand_in.work(1) == [last.id]
    assert kinds(last) == ["TaskBlocked", "TaskUnblocked", "TaskStarted", "TaskCompleted"]
    assert {one.id, other.id} == {first.id, second.id}


def test_two_that_end_at_once_do_not_miss_each_other(
    ann: Actor, worker: Callable[..., StandIn], dispatcher: Running
) -> None:
    stand_in = worker()
    for _ in range(5):
        *_, last = submitted(ann, {"key": "a"}, {"key": "b"}, {"depends_on": ["a", "b"]}).jobs
        complete(*stand_in.claim(2))
        assert stand_in.work(1) == [last.id]


def test_a_chain_runs_in_its_order(ann: Actor, worker: Callable[..., StandIn], dispatcher: Running) -> None:
    stand_in = worker()
    chain = [{"key": f"k{n}"} | ({"depends_on": [f"k{n - 1}"]} if n else {}) for n in range(8)]
    jobs = submitted(ann, *reversed(chain)).jobs
    assert stand_in.work(8) == [job.id for job in reversed(jobs)]


class TestWhereOneFails:
    def test_by_default_its_dependants_fail_with_it_and_theirs_too(
        self, ann: Actor, worker: Callable[..., StandIn], dispatcher: Running
    ) -> None:
        stand_in = worker()
        _, second, third = submitted(
            ann,
            {"key": "a", "title": "Build"},
            {"key": "b", "title": "Test", "depends_on": ["a"]},
            {"depends_on": ["b"]},
        ).jobs
        fail_next(stand_in)
        wait_for(is_in(third, State.FAILED))
        why = "It depends on “Build”, which failed."
        now, event = row(second), last_event(second)
        assert (now.error_code, now.error_kind, now.error_message) == ("dependency_failed", "permanent", why)
        assert (event.kind, event.actor, event.reason) == ("TaskFailed", "dispatcher", why)
        assert row(third).error_message == "It depends on “Test”, which failed."

    def test_they_are_cancelled_where_their_spec_says_so(
        self, ann: Actor, worker: Callable[..., StandIn], dispatcher: Running
    ) -> None:
        stand_in = worker()
        _, second = submitted(
            ann, {"key": "a", "title": "Build"}, {"depends_on": ["a"], "on_dependency_failure": "cancel"}
        ).jobs
        fail_next(stand_in)
        wait_for(is_in(second, State.CANCELLED))
        event = last_event(second)
        assert (event.kind, event.actor) == ("TaskCancelled", "dispatcher")
        assert event.reason == row(second).cancel_reason == "It depends on “Build”, which failed."

    def test_they_wait_where_their_spec_says_so_and_run_when_it_was_retried(
        self, ann: Actor, worker: Callable[..., StandIn], dispatcher: Running
    ) -> None:
        stand_in = worker()
        first, waits, falls = submitted(
            ann, {"key": "a"}, {"depends_on": ["a"], "on_dependency_failure": "wait"}, {"depends_on": ["a"]}
        ).jobs
        fail_next(stand_in)
        wait_for(is_in(falls, State.FAILED))
        assert row(waits).state == State.BLOCKED
        with tenancy.as_user(ann):
            retry(ann, first.id)
        assert stand_in.work(2) == [first.id, waits.id]

    def test_a_cancelled_one_counts_as_one_that_will_not_complete(
        self, ann: Actor, worker: Callable[..., StandIn], dispatcher: Running
    ) -> None:
        first, second = submitted(ann, {"key": "a", "title": "Build"}, {"depends_on": ["a"]}).jobs
        with tenancy.as_user(ann):
            cancel(ann, first.id)
        wait_for(is_in(second, State.FAILED))
        assert row(second).error_message == "It depends on “Build”, which was cancelled."

    def test_one_that_had_failed_before_it_was_depended_on_counts_too(
        self, ann: Actor, worker: Callable[..., StandIn], dispatcher: Running
    ) -> None:
        stand_in = worker()
        [first] = submitted(ann).jobs
        fail_next(stand_in)
        [second] = submitted(ann, {"depends_on": [str(first.id)]}).jobs
        wait_for(is_in(second, State.FAILED))

    def test_a_retry_of_both_runs_both(self, ann: Actor, worker: Callable[..., StandIn], dispatcher: Running) -> None:
        stand_in = worker()
        first, second = submitted(ann, {"key": "a"}, {"depends_on": ["a"]}).jobs
        fail_next(stand_in)
        wait_for(is_in(second, State.FAILED))
        with tenancy.as_user(ann):
            retry(ann, first.id)
        with tenancy.as_user(ann):
            assert retry(ann, second.id).state == State.BLOCKED
        assert stand_in.work(2) == [first.id, second.id]
