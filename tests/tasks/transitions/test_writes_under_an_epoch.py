"""A run writes only as long as the job is its own: whatever a late, lost or doubled one writes is void."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from agents.actor import Actor
from agents.runtimes.base import Progress
from tasks import transitions
from tasks.execution import leases, records
from tasks.execution.records import CallRecord, LogLine, Notes
from tasks.models import AgentJob, LogChunk, ToolCall
from tasks.models.call import CallState
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
    complete,
    kinds,
    let_lease_run_out,
    row,
)
from tests.tasks.parties import Party, at_once
from tests.tasks.people import submitted

pytestmark = [pytest.mark.requirement("Q12"), pytest.mark.requirement("W2"), commits]

Write = Callable[[Claim], object]

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CALL = CallRecord(0, "echo", {}, "pure", "ALLOW", "", CallState.DONE, result=1)

ENDS: dict[str, Write] = {
    "complete": complete,
    "retry later": lambda run: transitions.retry_later(run, TRANSIENT, 1.0, USAGE),
    "fail": lambda run: transitions.fail(run, PERMANENT, "permanent", USAGE),
    "stop": lambda run: transitions.stop(run, USAGE, ""),
    "hand back": lambda run: transitions.hand_back(run, USAGE, ""),
    "crash": lambda run: transitions.crash(run, CRASHED, alone=True),
}
NOTES: dict[str, Write] = {
    "lines": lambda run: records.write([Notes(run, [LogLine("stdout", "late", NOW)], [])]),
    "tool calls": lambda run: records.write([Notes(run, [], [CALL])]),
    "progress": lambda run: records.write([Notes(run, [], [], Progress(50.0, "late"))]),
    "renew": lambda run: leases.renew(run.worker, [(run.id, run.epoch)], {}),
}

LOSSES: dict[str, Write] = {
    "its lease was taken": lambda run: let_lease_run_out(run) or transitions.recover_lost_leases(),
    "it completed": complete,
    "it was handed back": lambda run: transitions.hand_back(run, USAGE, ""),
    "it failed": lambda run: transitions.fail(run, PERMANENT, "permanent", USAGE),
}


def everything(job: AgentJob) -> tuple[object, ...]:
    """All that a run could have written."""
    own = AgentJob.objects.filter(pk=job.id).values().get()
    tried = [attempt.__dict__ | {"_state": None} for attempt in attempts(job)]
    return own, tried, kinds(job), LogChunk.objects.count(), ToolCall.objects.count()


@pytest.mark.parametrize("write", [*ENDS.values(), *NOTES.values()], ids=[*ENDS, *NOTES])
@pytest.mark.parametrize("lose", LOSSES.values(), ids=list(LOSSES))
def test_after_it_is_lost_nothing_is_written(ann: Actor, desk: Desk, lose: Write, write: Write) -> None:
    [job] = submitted(ann).jobs
    run = desk.start_one(job)
    assert lose(run)
    was = everything(job)
    assert not write(run)
    assert everything(job) == was


@pytest.mark.parametrize("write", [*ENDS.values(), *NOTES.values()], ids=[*ENDS, *NOTES])
def test_a_lost_run_writes_nothing_into_the_next_one_of_the_same_job(ann: Actor, desk: Desk, write: Write) -> None:
    [job] = submitted(ann).jobs
    lost = desk.start_one(job)
    let_lease_run_out(job)
    transitions.recover_lost_leases()
    again = desk.start_one(job)  # by the same worker, to whom it is a new job
    was = everything(job)
    assert not write(lost)
    assert everything(job) == was
    assert complete(again) == 1


@pytest.mark.parametrize("write", NOTES.values(), ids=list(NOTES))
def test_while_it_runs_its_notes_are_written(ann: Actor, desk: Desk, write: Write) -> None:
    [job] = submitted(ann).jobs
    run = desk.start_one(job)
    was = everything(job)
    write(run)
    assert everything(job) != was


@pytest.mark.parametrize("first", ENDS.values(), ids=list(ENDS))
@pytest.mark.parametrize("second", [complete, ENDS["fail"]], ids=["complete", "fail"])
def test_of_two_ends_at_once_one_counts(ann: Actor, desk: Desk, two: list[Party], first: Write, second: Write) -> None:
    [job] = submitted(ann).jobs
    run = desk.start_one(job)
    done = at_once((two[0], lambda: first(run)), (two[1], lambda: second(run)))
    assert sorted(map(bool, done)) == [False, True]
    assert row(job).version == len(kinds(job)) == 3
    assert [attempt.ended_at is not None for attempt in attempts(job)] == [True]


def test_an_end_and_the_loss_of_its_lease_at_once_are_one_end(ann: Actor, desk: Desk, two: list[Party]) -> None:
    for _ in range(10):
        [job] = submitted(ann).jobs
        run = desk.start_one(job)
        let_lease_run_out(job)
        done, taken = at_once((two[0], lambda run=run: complete(run)), (two[1], transitions.recover_lost_leases))
        [attempt] = attempts(job)
        assert (done, taken) in ((1, []), (0, [job.id]))
        assert (row(job).state, attempt.outcome) == (
            (State.COMPLETED, "completed") if done else (State.QUEUED, "lease_lost")
        )


def test_of_a_run_of_many_those_that_hold_are_completed(ann: Actor, desk: Desk) -> None:
    jobs = submitted(ann, *({} for _ in range(6))).jobs
    run = desk.start(*jobs)
    let_lease_run_out(jobs[1], jobs[4])
    transitions.recover_lost_leases()
    assert complete(*run) == 4
    assert [row(job).state for job in jobs] == [
        State.QUEUED if place in (1, 4) else State.COMPLETED for place in range(6)
    ]


def test_an_attempts_end_tells_what_it_used_and_cost(ann: Actor, desk: Desk) -> None:
    [job] = submitted(ann).jobs
    complete(desk.start_one(job), result={"answer": [42]})
    now, [attempt] = row(job), attempts(job)
    assert now.result == {"answer": [42]}
    assert (now.cpu_seconds, now.max_rss_mb) == (attempt.cpu_seconds, attempt.max_rss_mb) == (0.5, 12.0)
    assert attempt.cost == 0.1
    assert now.progress_percent == 100


@pytest.mark.parametrize("result", [None, 0, "", [], {}, {"null": None}, "ünïcode 🚂", 1.5, False])
def test_any_json_can_be_a_result(ann: Actor, desk: Desk, result: object) -> None:
    [job] = submitted(ann).jobs
    assert complete(desk.start_one(job), result=result) == 1
    assert row(job).result == result
