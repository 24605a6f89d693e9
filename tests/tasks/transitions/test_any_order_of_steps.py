"""Whatever dispatcher, workers and people do in whatever order, with every message late, lost or doubled: a model in
memory says what each step may change, and the database agrees after each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

import hypothesis
import pytest
from django.conf import LazySettings
from django.db import connection
from hypothesis import HealthCheck
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule, run_state_machine_as_test

from agents import tenancy
from agents.actor import Actor
from tasks import transitions
from tasks.models import AgentJob, Attempt, Event
from tasks.operations.cancel import AlreadyOver, cancel
from tasks.operations.retry import NotRetriable, retry
from tasks.states import EDGES, OVER, State
from tasks.transitions import Claim, HandedOff
from tests.committing import commits
from tests.tasks.desk import (
    CRASHED,
    PERMANENT,
    TRANSIENT,
    USAGE,
    Desk,
    claim,
    complete,
    let_hand_off_run_out,
    let_lease_run_out,
)
from tests.tasks.people import member, new_workspace, submitted

WORKERS = st.sampled_from(["w-1", "w-2", "w-3"])


@dataclass
class Known:
    """What the model knows of one job."""

    job: AgentJob
    state: State = State.QUEUED
    message: HandedOff | None = None  # the hand-off that holds, if one does
    has_run_out: bool = False
    run: Claim | None = None  # the claim that holds, if one does
    is_asked_to_stop: bool = False
    failures: int = 0
    interruptions: int = 0
    changes: int = 1  # of its state, the first included
    outcomes: list[str] = field(default_factory=list)  # of its attempts; "" while one runs
    charged: list[bool] = field(default_factory=list)

    def go(self, state: State) -> None:
        self.state, self.message, self.has_run_out, self.run = state, None, False, None
        self.changes += 1

    def end(self, outcome: str, state: State, *, charged: bool = False) -> None:
        """Its attempt ended; what was asked to stop is not queued again."""
        self.outcomes[-1], self.charged[-1] = outcome, charged
        self.go(State.CANCELLED if state == State.QUEUED and self.is_asked_to_stop else state)


class AnyOrder(RuleBasedStateMachine):
    jobs: Bundle[UUID] = Bundle("jobs")
    messages: Bundle[HandedOff] = Bundle("messages")
    runs: Bundle[Claim] = Bundle("runs")

    def __init__(self) -> None:
        super().__init__()
        self.ann: Actor = member(new_workspace())
        self.desk = Desk()
        self.known: dict[UUID, Known] = {}

    def teardown(self) -> None:
        """The next example leads, and finds no hand-off of this one's."""
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE agents_workspace, tasks_event, tasks_leader CASCADE")

    @rule(target=jobs)
    def submit(self) -> UUID:
        [job] = submitted(self.ann).jobs
        self.known[job.id] = Known(job)
        return job.id

    # ── the dispatcher ───────────────────────────────────────────────────────────────────────────────────────

    @rule(target=messages, job=jobs, worker=WORKERS)
    def hand_off(self, job: UUID, worker: str) -> object:
        known = self.known[job]
        handed = self.desk.hand(known.job, to=worker)
        assert bool(handed) == (known.state == State.QUEUED and known.message is None)
        if not handed:
            return multiple()
        [known.message] = handed
        return known.message

    @rule(job=jobs)
    def hand_off_runs_out(self, job: UUID) -> None:
        let_hand_off_run_out(self.known[job].job)
        self.known[job].has_run_out = self.known[job].message is not None

    @rule(job=jobs)
    def recall(self, job: UUID) -> None:
        known = self.known[job]
        late = {id for id, other in self.known.items() if other.has_run_out}
        named = {job} if known.message is not None else set()
        assert set(self.desk.recall(known.job)) == late | named
        for id in late | named:
            self.known[id].message, self.known[id].has_run_out = None, False

    @rule(job=jobs)
    def lease_runs_out(self, job: UUID) -> None:
        known = self.known[job]
        let_lease_run_out(known.job)
        assert transitions.recover_lost_leases() == ([job] if known.state == State.RUNNING else [])
        if known.state == State.RUNNING:
            known.end("lease_lost", State.QUEUED)

    # ── workers, with any message and any claim that there ever was ──────────────────────────────────────────

    @rule(target=runs, message=messages, worker=WORKERS)
    def claim(self, message: HandedOff, worker: str) -> object:
        known = self.known[message.job]
        holds = known.message == message and not known.has_run_out and worker == message.worker
        claims = claim([message], worker)
        assert bool(claims) == holds
        if not claims:
            return multiple()
        known.go(State.RUNNING)
        [known.run] = claims
        known.outcomes.append("")
        known.charged.append(False)
        return claims[0]

    @rule(run=runs)
    def complete(self, run: Claim) -> None:
        if self._answers(run, complete(run) == 1):
            self.known[run.id].end("completed", State.COMPLETED)

    @rule(run=runs)
    def fail(self, run: Claim) -> None:
        if self._answers(run, transitions.fail(run, PERMANENT, "permanent", USAGE)):
            self.known[run.id].failures += 1
            self.known[run.id].end("failed", State.FAILED, charged=True)

    @rule(run=runs)
    def retry_later(self, run: Claim) -> None:
        if self._answers(run, transitions.retry_later(run, TRANSIENT, 0.0, USAGE)):
            self.known[run.id].failures += 1
            self.known[run.id].end("failed", State.QUEUED, charged=True)

    @rule(run=runs)
    def stop(self, run: Claim) -> None:
        if self._answers(run, transitions.stop(run, USAGE, "")):
            self.known[run.id].end("cancelled", State.CANCELLED)

    @rule(run=runs)
    def hand_back(self, run: Claim) -> None:
        if self._answers(run, transitions.hand_back(run, USAGE, "")):
            self.known[run.id].end("handed_back", State.QUEUED)

    @rule(run=runs, alone=st.booleans())
    def crash(self, run: Claim, alone: bool) -> None:
        if self._answers(run, transitions.crash(run, CRASHED, alone=alone)):
            known = self.known[run.id]
            known.interruptions += int(alone)
            known.end("crashed", State.FAILED if known.interruptions > 1 else State.QUEUED, charged=alone)

    def _answers(self, run: Claim, answer: bool) -> bool:
        """A write is answered with whether it counted: exactly where the claim still holds."""
        assert answer == (self.known[run.id].run == run)
        return answer

    # ── people ───────────────────────────────────────────────────────────────────────────────────────────────

    @rule(job=jobs)
    def cancel(self, job: UUID) -> None:
        known = self.known[job]
        with tenancy.as_user(self.ann):
            if known.state in OVER:
                with pytest.raises(AlreadyOver):
                    cancel(self.ann, job)
                return
            outcome = cancel(self.ann, job).outcome
        assert outcome == ("stopping" if known.state == State.RUNNING else "never_started")
        if known.state == State.RUNNING:
            known.is_asked_to_stop = True
        else:
            known.go(State.CANCELLED)

    @rule(job=jobs)
    def retry(self, job: UUID) -> None:
        known = self.known[job]
        with tenancy.as_user(self.ann):
            if known.state not in (State.FAILED, State.CANCELLED):
                with pytest.raises(NotRetriable):
                    retry(self.ann, job)
                return
            retry(self.ann, job)
        known.go(State.QUEUED)
        known.failures, known.interruptions, known.is_asked_to_stop = 0, 0, False

    # ── what holds after each step ───────────────────────────────────────────────────────────────────────────

    @invariant()
    def the_rows_are_as_the_model_says(self) -> None:
        for row in AgentJob.objects.filter(pk__in=self.known):
            known = self.known[row.pk]
            assert row.state == known.state
            assert row.version == known.changes
            assert (row.failures, row.interruptions) == (known.failures, known.interruptions)
            assert row.attempt == len(known.outcomes)
            assert row.handed_to == (known.message.worker if known.message else "")
            assert (row.lease_until is not None) == (known.state == State.RUNNING)
            assert (row.completed_at is not None) == (known.state in OVER)

    @invariant()
    def there_is_an_open_attempt_for_each_job_that_runs_and_no_other(self) -> None:
        rows = Attempt.objects.filter(job_id__in=self.known).order_by("job_id", "number")
        of_job: dict[UUID, list[Attempt]] = {}
        for attempt in rows:
            of_job.setdefault(attempt.job_id, []).append(attempt)
        for id, known in self.known.items():
            attempts = of_job.get(id, [])
            assert [attempt.number for attempt in attempts] == list(range(1, len(known.outcomes) + 1))
            assert [attempt.outcome for attempt in attempts] == known.outcomes
            assert [attempt.charged for attempt in attempts] == known.charged
            assert [attempt.ended_at is None for attempt in attempts] == [not outcome for outcome in known.outcomes]

    @invariant()
    def each_change_has_its_event_and_the_events_are_a_way_through_the_diagram(self) -> None:
        last = dict.fromkeys(self.known, ("", 0))
        kinds = Counter[UUID]()
        for event in Event.objects.filter(job_id__in=self.known).order_by("id"):
            before, version = last[event.job_id]
            if event.kind == "TaskCancelRequested":
                assert (event.before, event.after, event.version) == (State.RUNNING, before, version)
                continue
            assert (event.before, event.version) == (before, version + 1)
            assert event.kind in EDGES[event.before, State(event.after)]
            last[event.job_id] = (event.after, event.version)
            kinds[event.job_id] += event.kind == "TaskCompleted"
        assert last == {id: (known.state, known.changes) for id, known in self.known.items()}
        assert max(kinds.values(), default=0) <= 1, "nothing completes twice"


@commits
@pytest.mark.requirement("J3")
@pytest.mark.requirement("Q12")
@pytest.mark.requirement("W2")
def test_any_order_of_steps_keeps_the_machine(settings: LazySettings) -> None:
    settings.INTERLOCK = settings.INTERLOCK.model_copy(update={"lease_seconds": 3600, "handoff_seconds": 3600})
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    some = hypothesis.settings(max_examples=20, stateful_step_count=40, suppress_health_check=slow, database=None)
    run_state_machine_as_test(AnyOrder, settings=some)
