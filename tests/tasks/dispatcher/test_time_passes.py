"""What no event tells of: deadlines that pass, delays that end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from agents.actor import Actor
from tasks import transitions
from tasks.models import AgentJob
from tasks.states import State
from tests.committing import commits
from tests.tasks.desk import TRANSIENT, USAGE, complete, last_event, row
from tests.tasks.dispatcher.conftest import Running
from tests.tasks.dispatcher.stand_in import StandIn, jobs_of
from tests.tasks.parties import wait_for
from tests.tasks.people import submitted

pytestmark = commits

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def soon(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


@pytest.mark.requirement("J5")
class TestDeadlines:
    def test_what_has_not_started_by_then_fails(self, ann: Actor, dispatcher: Running) -> None:
        """Also what waits for others."""
        jobs = submitted(
            ann,
            {"key": "a"},
            {"deadline": soon(1)},
            {"depends_on": ["a"], "deadline": soon(1)},
            {"deadline": soon(3600)},
        ).jobs
        wait_for(lambda: [row(job).state for job in jobs] == ["queued", "failed", "failed", "queued"])
        now, event = row(jobs[1]), last_event(jobs[1])
        assert (now.error_code, now.error_message) == (
            "deadline_passed",
            "It had not started when its deadline passed.",
        )
        assert (event.kind, event.actor, event.reason) == ("TaskFailed", "dispatcher", now.error_message)

    def test_what_runs_by_then_goes_on(self, ann: Actor, worker: Callable[..., StandIn], dispatcher: Running) -> None:
        stand_in = worker(slots=1)
        jobs = submitted(ann, {"session": "one"}, {"session": "two"}).jobs
        [running] = stand_in.claim()
        [waiting] = [job for job in jobs if job.id != running.id]
        AgentJob.objects.update(deadline=LONG_AGO)
        wait_for(lambda: row(waiting).state == State.FAILED)
        assert complete(running) == 1

    def test_a_hand_off_on_its_way_is_void(
        self, ann: Actor, worker: Callable[..., StandIn], dispatcher: Running
    ) -> None:
        stand_in = worker(slots=1)
        late, next_ = submitted(ann, {"session": "one"}, {"session": "two"}).jobs
        [handed] = stand_in.take()
        AgentJob.objects.filter(pk=handed[0][0]).update(deadline=LONG_AGO)
        [after] = stand_in.take()
        assert {handed[0][0], after[0][0]} == {late.id, next_.id}
        assert transitions.claim(handed, stand_in.id) == []


@pytest.mark.requirement("Q15")
class TestDelays:
    def test_a_retry_comes_when_its_delay_is_over_and_not_before(
        self, ann: Actor, worker: Callable[..., StandIn], dispatcher: Running
    ) -> None:
        stand_in = worker()
        [job] = submitted(ann).jobs
        [run] = stand_in.claim()
        transitions.retry_later(run, TRANSIENT, 0.7, USAGE)
        due = row(job).available_at
        [again] = stand_in.claim()
        started = row(job).state_since
        assert due is not None and started >= due
        assert (again.id, again.attempt) == (job.id, 2)

    def test_others_of_its_session_do_not_wait_behind_it(
        self, ann: Actor, worker: Callable[..., StandIn], dispatcher: Running
    ) -> None:
        stand_in = worker(slots=1)
        submitted(ann)
        [run] = stand_in.claim()
        transitions.retry_later(run, TRANSIENT, 3600, USAGE)
        others = submitted(ann, {}, {}).jobs
        assert stand_in.work(2) == [job.id for job in others]

    def test_what_may_not_start_before_a_time_waits_for_it(
        self, ann: Actor, worker: Callable[..., StandIn], dispatcher: Running
    ) -> None:
        stand_in = worker()
        later, now = submitted(ann, {"not_before": soon(1)}, {}).jobs
        assert stand_in.work(1) == [now.id]
        [run] = stand_in.claim()
        due = datetime.fromisoformat(later.spec["not_before"])
        assert (run.id, row(later).state_since >= due) == (later.id, True)
        assert jobs_of(stand_in.rest()) == []
