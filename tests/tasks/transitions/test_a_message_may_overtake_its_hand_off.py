"""A single job is sent while its hand-off is being written: who claims too early looks again, for a moment."""

from __future__ import annotations

import pytest

from agents.actor import Actor
from tasks import transitions
from tasks.execution import run
from tests.committing import commits
from tests.tasks.desk import Desk, row
from tests.tasks.people import submitted

pytestmark = [pytest.mark.requirement("W2", "Q12"), commits]


def test_a_claim_before_the_hand_off_holds_when_the_hand_off_is_there(
    ann: Actor, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    [job] = submitted(ann).jobs
    looked: list[bool] = []

    def look(*asked: object) -> bool:
        looked.append(transitions_may_be_handed_yet(*asked))  # type: ignore[arg-type]
        desk.hand(job)
        return looked[-1]

    transitions_may_be_handed_yet = transitions.may_be_handed_yet
    monkeypatch.setattr(transitions, "may_be_handed_yet", look)
    [claim] = run._claim([(job.id, job.epoch + 1)], "w-1")
    assert (claim.id, claim.epoch, looked) == (job.id, job.epoch + 1, [True])


def test_a_message_whose_hand_off_never_came_is_void(ann: Actor, desk: Desk) -> None:
    [job] = submitted(ann).jobs
    assert run._claim([(job.id, job.epoch + 1)], "w-1") == []
    assert (row(job).state, row(job).handed_to) == ("queued", "")


def test_what_was_handed_to_somebody_else_is_not_waited_for(ann: Actor, desk: Desk) -> None:
    [job] = submitted(ann).jobs
    [handed] = desk.hand(job, to="w-2")
    assert not transitions.may_be_handed_yet(job.id, handed.epoch, "w-1")
    assert transitions.may_be_handed_yet(job.id, handed.epoch, "w-2")


def test_what_runs_already_is_not_waited_for(ann: Actor, desk: Desk) -> None:
    [job] = submitted(ann).jobs
    claim = desk.start_one(job)
    assert not transitions.may_be_handed_yet(job.id, claim.epoch, claim.worker)


def test_a_single_hand_off_is_sent_while_it_is_written(ann: Actor, desk: Desk) -> None:
    [job] = submitted(ann).jobs
    seen: list[str] = []
    start = transitions.HandOff(
        job.id, job.epoch, job.type, job.priority, "w-1", job.id, 1.0, 1, job.session_id, plain=True
    )
    handed = transitions.hand_off([start], **desk.leading, meanwhile=lambda: seen.append("sent"))
    assert (seen, handed) == (["sent"], [start.expected])
