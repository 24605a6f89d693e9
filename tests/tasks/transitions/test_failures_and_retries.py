"""What follows a failed attempt: another one after a delay, or the end; and another life when somebody asks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agents import tenancy
from agents.actor import Actor
from agents.errors import NotAllowed
from agents.models import Rule
from agents.policy.types import Verdict
from agents.roles import Role
from agents.runtimes.failure import Failure, transient
from tasks import sessions, transitions
from tasks.execution.retry import LONGEST_DELAY, GiveUp, TryAgain, after_failure, backoff
from tasks.models import AgentJob
from tasks.operations.retry import BlockedByPolicy, NotRetriable, retry
from tasks.places import SessionClosed
from tasks.scheduling import snapshot
from tasks.states import State
from tests.committing import commits
from tests.tasks.desk import (
    CRASHED,
    PERMANENT,
    TIMED_OUT,
    TRANSIENT,
    USAGE,
    Desk,
    attempts,
    complete,
    kinds,
    last_event,
    row,
)
from tests.tasks.people import submitted

pytestmark = pytest.mark.requirement("Q15")


class TestTheDecision:
    """Pure."""

    @pytest.mark.parametrize("failure", [TRANSIENT, TIMED_OUT, CRASHED])
    def test_another_attempt_as_long_as_there_is_one(self, failure: Failure) -> None:
        assert isinstance(after_failure(failure, 1, 3, 2.0), TryAgain)
        assert isinstance(after_failure(failure, 2, 3, 2.0), TryAgain)

    @pytest.mark.parametrize(
        ("failure", "kind"), [(TRANSIENT, "exhausted"), (TIMED_OUT, "timed_out"), (CRASHED, "exhausted")]
    )
    def test_after_the_last_it_says_why_there_is_no_other(self, failure: Failure, kind: str) -> None:
        assert after_failure(failure, 3, 3, 2.0) == GiveUp(kind)
        assert after_failure(failure, 1, 1, 2.0) == GiveUp(kind)

    def test_a_permanent_failure_is_never_tried_again(self) -> None:
        assert after_failure(PERMANENT, 1, 100, 2.0) == GiveUp("permanent")

    @pytest.mark.parametrize(("failures", "around"), [(1, 2.0), (2, 4.0), (3, 8.0)])
    def test_the_delay_doubles_and_is_spread(self, failures: int, around: float) -> None:
        delays = [backoff(failures, 2.0) for _ in range(200)]
        assert around * 0.75 <= min(delays) < max(delays) <= around * 1.25

    def test_the_delay_has_an_end(self) -> None:
        assert backoff(100, 2.0) <= LONGEST_DELAY * 1.25

    @pytest.mark.parametrize(
        ("asked", "waits"),
        [(0.5, 2.0), (60, 60), (1e9, LONGEST_DELAY), (-5, 2.0), ("soon", 2.0), (None, 2.0), (float("nan"), 2.0)],
    )
    def test_who_refused_may_ask_for_a_longer_one(self, asked: Any, waits: float) -> None:
        decided = after_failure(transient("rate_limited", "Too much.", retry_after=asked), 1, 3, 2.0)
        assert isinstance(decided, TryAgain)
        assert waits * 0.75 <= decided.delay <= waits * 1.25


@commits
class TestRetriedByItself:
    def test_it_waits_in_its_row_and_counts(self, ann: Actor, desk: Desk) -> None:
        [job] = submitted(ann).jobs
        run = desk.start_one(job)
        before = datetime.now(UTC)
        assert transitions.retry_later(run, TRANSIENT, 60.0, USAGE)
        now, [attempt], event = row(job), attempts(job), last_event(job)
        assert now.available_at is not None
        assert timedelta(seconds=59) < now.available_at - before < timedelta(seconds=70)
        assert (now.state, now.failures, now.interruptions) == (State.QUEUED, 1, 0)
        assert (now.error_code, now.error_kind) == ("flaky", "transient")
        assert (attempt.outcome, attempt.charged, attempt.error_code) == ("failed", True, "flaky")
        assert (event.kind, event.data["code"], event.data["attempt"]) == ("TaskRetried", "flaky", 1)
        assert event.reason == "try 1 of 3 failed; again in 60.0 s"

    def test_until_then_it_is_no_candidate(self, ann: Actor, desk: Desk) -> None:
        [job] = submitted(ann).jobs
        transitions.retry_later(desk.start_one(job), TRANSIENT, 60.0, USAGE)
        heads = snapshot.read_heads([job.session_id])[job.session_id]
        assert heads.waiting == []
        assert heads.next_at is not None
        AgentJob.objects.filter(pk=job.pk).update(available_at=datetime(2026, 1, 1, tzinfo=UTC))
        [head] = snapshot.read_heads([job.session_id])[job.session_id].waiting
        assert head.id == job.id

    def test_a_retry_that_succeeds_leaves_no_error(self, ann: Actor, desk: Desk) -> None:
        [job] = submitted(ann).jobs
        transitions.retry_later(desk.start_one(job), TRANSIENT, 0.0, USAGE)
        again = desk.start_one(job)
        assert (again.attempt, again.failures) == (2, 1)
        complete(again)
        now = row(job)
        assert (now.state, now.error_code, now.error_message) == (State.COMPLETED, "", "")
        assert [attempt.outcome for attempt in attempts(job)] == ["failed", "completed"]
        assert kinds(job) == ["TaskEnqueued", "TaskStarted", "TaskRetried", "TaskStarted", "TaskCompleted"]

    @pytest.mark.requirement("Q13")
    @pytest.mark.parametrize(
        ("failure", "kind", "event_kind"),
        [
            (PERMANENT, "permanent", "TaskFailed"),
            (TRANSIENT, "exhausted", "TaskDeadLettered"),
            (TIMED_OUT, "timed_out", "TaskDeadLettered"),
        ],
    )
    def test_the_end_says_why(self, ann: Actor, desk: Desk, failure: Failure, kind: str, event_kind: str) -> None:
        [job] = submitted(ann).jobs
        transitions.fail(desk.start_one(job), failure, kind, USAGE)
        now, [attempt], event = row(job), attempts(job), last_event(job)
        assert (now.state, now.failures, now.error_kind, now.error_code) == (State.FAILED, 1, kind, failure.code)
        assert (attempt.charged, attempt.error_message) == (True, failure.message)
        assert (event.kind, event.reason, event.data["kind"]) == (event_kind, failure.message, kind)


@commits
class TestInterruptions:
    @pytest.mark.requirement("W3")
    def test_a_job_that_is_handed_back_is_charged_nothing(self, ann: Actor, desk: Desk) -> None:
        [job] = submitted(ann).jobs
        assert transitions.hand_back(desk.start_one(job), USAGE, "its worker was shut down")
        now, [attempt], event = row(job), attempts(job), last_event(job)
        assert (now.state, now.failures, now.interruptions) == (State.QUEUED, 0, 0)
        assert now.available_at is None
        assert (attempt.outcome, attempt.charged) == ("handed_back", False)
        assert (event.kind, event.reason) == ("TaskHandedBack", "its worker was shut down")

    def test_one_death_of_its_process_is_allowed(self, ann: Actor, desk: Desk) -> None:
        [job] = submitted(ann).jobs
        assert transitions.crash(desk.start_one(job), CRASHED, alone=True)
        now, [attempt] = row(job), attempts(job)
        assert (now.state, now.failures, now.interruptions) == (State.QUEUED, 0, 1)
        assert (attempt.outcome, attempt.charged) == ("crashed", True)
        assert last_event(job).kind == "TaskHandedBack"

    @pytest.mark.requirement("Q13")
    def test_the_second_makes_it_a_dead_letter(self, ann: Actor, desk: Desk) -> None:
        [job] = submitted(ann).jobs
        for _ in range(2):
            assert transitions.crash(desk.start_one(job), CRASHED, alone=True)
        now, event = row(job), last_event(job)
        assert (now.state, now.error_kind, now.interruptions) == (State.FAILED, "crashed", 2)
        assert (event.kind, event.reason) == ("TaskDeadLettered", CRASHED.message)

    def test_one_that_had_company_is_not_charged_and_runs_alone_from_then_on(self, ann: Actor, desk: Desk) -> None:
        [job] = submitted(ann, {"tool": "echo", "args": {"value": 1}}).jobs
        assert row(job).joins_runs
        assert transitions.crash(desk.start_one(job), CRASHED, alone=True)
        for _ in range(3):
            assert transitions.crash(desk.start_one(job), CRASHED, alone=False)
        now = row(job)
        assert (now.state, now.interruptions, now.joins_runs) == (State.QUEUED, 1, False)
        assert [attempt.charged for attempt in attempts(job)] == [True, False, False, False]

    def test_a_lost_lease_charges_nobody(self, ann: Actor, desk: Desk) -> None:
        lost, kept = submitted(ann, {}, {}).jobs
        desk.start_one(lost)
        desk.start_one(kept)
        AgentJob.objects.filter(pk=lost.pk).update(lease_until=datetime(2026, 1, 1, tzinfo=UTC))
        assert transitions.recover_lost_leases() == [lost.id]
        now, [attempt], event = row(lost), attempts(lost), last_event(lost)
        assert (now.state, now.failures, now.interruptions) == (State.QUEUED, 0, 0)
        assert (attempt.outcome, attempt.charged) == ("lease_lost", False)
        assert attempt.ended_at is not None and attempt.cost >= 0
        assert (event.kind, event.actor, event.worker) == ("TaskHandedBack", "dispatcher", "w-1")
        assert row(kept).state == State.RUNNING


def retried(actor: Actor, job: AgentJob) -> AgentJob:
    with tenancy.as_user(actor):
        return retry(actor, job.id)


@commits
@pytest.mark.requirement("I1")
class TestRetriedBySomebody:
    @pytest.fixture
    def failed(self, ann: Actor, desk: Desk) -> AgentJob:
        [job] = submitted(ann).jobs
        transitions.crash(desk.start_one(job), CRASHED, alone=True)
        transitions.fail(desk.start_one(job), TRANSIENT, "exhausted", USAGE)
        return row(job)

    def test_it_has_another_life_with_its_attempts_before_it(self, ann: Actor, desk: Desk, failed: AgentJob) -> None:
        job = retried(ann, failed)
        assert (job.state, job.failures, job.interruptions, job.error_code) == (State.QUEUED, 0, 0, "")
        assert (job.completed_at, job.started_at, job.result, job.worker_id) == (None, None, None, "")
        assert job.rank > failed.rank, "it stands behind what was submitted meanwhile"
        event = last_event(job)
        assert (event.kind, event.before, event.actor) == ("TaskRetried", "failed", "user:ann")
        complete(desk.start_one(job))
        assert [attempt.number for attempt in attempts(job)] == [1, 2, 3]

    def test_a_cancelled_one_too(self, ann: Actor, desk: Desk) -> None:
        [job] = submitted(ann).jobs
        transitions.cancel_waiting([job.id], by="user:ann", reason="")
        again = retried(ann, job)
        assert (again.state, again.cancel_requested_at, again.cancel_reason) == (State.QUEUED, None, "")
        complete(desk.start_one(job))
        assert row(job).state == State.COMPLETED

    def test_one_whose_dependency_is_open_again_waits_for_it(self, ann: Actor, failed: AgentJob) -> None:
        [dependant] = submitted(ann, {"depends_on": [str(failed.id)]}).jobs
        transitions.fail_waiting([dependant.id], "dependency_failed", "")
        assert retried(ann, dependant).state == State.BLOCKED
        assert retried(ann, failed).state == State.QUEUED

    @pytest.mark.parametrize("state", ["queued", "running", "completed"])
    def test_one_that_has_not_failed_is_not_retried(self, ann: Actor, desk: Desk, state: str) -> None:
        [job] = submitted(ann).jobs
        run = desk.start_one(job) if state != "queued" else None
        if state == "completed" and run:
            complete(run)
        with pytest.raises(NotRetriable, match=f"this one is {state}") as refused:
            retried(ann, job)
        assert (refused.value.status, row(job).state) == (409, state)

    def test_not_in_a_closed_session(self, ann: Actor, failed: AgentJob) -> None:
        with tenancy.as_user(ann):
            sessions.close(ann, failed.session_id)
        with pytest.raises(SessionClosed):
            retried(ann, failed)

    def test_not_where_the_policy_blocks_it_by_now(self, ann: Actor, failed: AgentJob) -> None:
        Rule.objects.create(workspace_id=failed.workspace_id, order=1, tool="submit.*", verdict=Verdict.BLOCK)
        with pytest.raises(BlockedByPolicy, match=r"Rule 1 .* blocks submit\.command"):
            retried(ann, failed)
        assert row(failed).state == State.FAILED

    def test_not_by_a_viewer(self, ann: Actor, failed: AgentJob) -> None:
        viewer = Actor("user", "2", "bob", dict.fromkeys(ann.roles, Role.VIEWER))
        with pytest.raises(NotAllowed):
            retried(viewer, failed)
