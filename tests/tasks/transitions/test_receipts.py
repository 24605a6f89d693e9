"""What a receipt says of jobs that ran: by the attempt that was asked, however it ended and whatever came later."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agents import tenancy
from agents.actor import Actor
from tasks import receipts, transitions
from tasks.models import AgentJob, Cancellation
from tasks.operations.cancel_many import cancel_many
from tasks.states import State
from tasks.transitions import Claim
from tests.committing import commits
from tests.tasks.desk import PERMANENT, TRANSIENT, USAGE, Desk, complete, let_lease_run_out, row
from tests.tasks.people import submitted

pytestmark = [pytest.mark.requirement("Q10"), commits]


def cancelled(actor: Actor, **options: bool) -> Cancellation:
    with tenancy.as_user(actor):
        return cancel_many(actor, AgentJob.objects.for_user(actor), selection={"all": True}, **options)


def became(receipt: Cancellation) -> list[str]:
    return [job.became.value for job in receipts.jobs_of(receipt)]


ENDS: dict[str, Callable[[Claim], object]] = {
    "stopped": lambda claim: transitions.stop(claim, USAGE, ""),
    "killed": lambda claim: transitions.stop(claim, USAGE, "", killed=True),
    "completed_too_late": lambda claim: complete(claim),
}


@pytest.mark.parametrize("word", ENDS)
def test_it_fills_up(ann: Actor, desk: Desk, word: str) -> None:
    running, waiting = submitted(ann, {}, {}).jobs
    claim = desk.start_one(running)
    receipt = cancelled(ann)
    assert became(receipt) == ["never_started", "stopping"]
    ENDS[word](claim)
    assert became(receipt) == ["never_started", word]
    assert row(waiting).state == State.CANCELLED


def test_who_failed_for_good_meanwhile_was_too_late(ann: Actor, desk: Desk) -> None:
    [job] = submitted(ann).jobs
    claim = desk.start_one(job)
    receipt = cancelled(ann)
    transitions.fail(claim, PERMANENT, "permanent", USAGE)
    assert (became(receipt), row(job).state) == (["completed_too_late"], State.FAILED)


def test_who_would_have_tried_again_was_stopped(ann: Actor, desk: Desk) -> None:
    [job] = submitted(ann).jobs
    claim = desk.start_one(job)
    receipt = cancelled(ann)
    transitions.retry_later(claim, TRANSIENT, 5.0, USAGE)
    assert (became(receipt), row(job).state) == (["stopped"], State.CANCELLED)


def test_who_died_with_its_worker_was_killed(ann: Actor, desk: Desk) -> None:
    [job] = submitted(ann).jobs
    claim = desk.start_one(job)
    receipt = cancelled(ann)
    let_lease_run_out(claim)
    transitions.recover_lost_leases()
    assert (became(receipt), row(job).state) == (["killed"], State.CANCELLED)


def test_another_life_of_the_job_changes_nothing(ann: Actor, desk: Desk) -> None:
    [job] = submitted(ann).jobs
    claim = desk.start_one(job)
    receipt = cancelled(ann)
    transitions.stop(claim, USAGE, "")
    transitions.admit_again([job.id], State.QUEUED)
    desk.start_one(job)
    assert became(receipt) == ["stopped"]


def test_who_is_asked_twice_stands_in_both_receipts(ann: Actor, desk: Desk) -> None:
    [job] = submitted(ann).jobs
    claim = desk.start_one(job)
    first, second = cancelled(ann), cancelled(ann)
    transitions.stop(claim, USAGE, "")
    assert (became(first), became(second)) == (["stopped"], ["stopped"])


def test_a_hand_off_on_its_way_is_void(ann: Actor, desk: Desk) -> None:
    [job] = submitted(ann).jobs
    handed = desk.hand(job)
    receipt = cancelled(ann)
    assert transitions.claim([(each.job, each.epoch) for each in handed], "w-1") == []
    assert became(receipt) == ["never_started"]


def test_a_dry_run_writes_nothing(ann: Actor, desk: Desk) -> None:
    running, waiting = submitted(ann, {}, {}).jobs
    desk.start_one(running)
    would = cancelled(ann, dry_run=True)
    assert (would.never_started, would.running) == ([waiting.id], [running.id])
    assert (row(running).state, row(waiting).state) == (State.RUNNING, State.QUEUED)
    assert row(running).cancel_requested_at is None
    assert not Cancellation.objects.exists()
