"""A hand-off that is in its message alone: the claim holds the ticket against the rows, and writes what it says."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.db.models.functions import Now

from agents import tenancy
from agents.actor import Actor
from agents.models import Project, Session, Workspace
from tasks import transitions
from tasks.dispatcher.leadership import Leadership
from tasks.models import AgentJob
from tasks.models.platform import ONLY, PlatformState
from tasks.operations.cancel import cancel
from tasks.operations.retry import retry
from tasks.states import State
from tasks.transitions import Claim, Ticket
from tests.committing import commits
from tests.tasks.desk import Desk, attempts, kinds, last_event, row
from tests.tasks.parties import Party, at_once
from tests.tasks.people import submitted

pytestmark = [pytest.mark.requirement("W2"), pytest.mark.requirement("Q12"), commits]

LATER = 3600.0


def ticket(desk: Desk, job: AgentJob, **fields: Any) -> Ticket:
    """What the leader sends with this job now."""
    desk.leading  # noqa: B018 - campaigns
    assert desk.leadership.term is not None
    plain = not job.requires
    return replace(Ticket(desk.leadership.term, time.time() + LATER, job.session_id, plain, 2.5, 3), **fields)


def take(desk: Desk, *jobs: AgentJob, worker: str = "w-1", under: int = 1, **fields: Any) -> list[Claim]:
    return transitions.claim([(job.id, under) for job in jobs], worker, ticket(desk, jobs[0], **fields))


def test_the_claim_writes_what_the_ticket_says(ann: Actor, desk: Desk) -> None:
    first, second = submitted(ann, {}, {}).jobs
    claims = take(desk, second, first)
    assert [(each.id, each.epoch, each.attempt) for each in claims] == [(second.id, 1, 1), (first.id, 1, 1)]
    now = row(second)
    assert (now.state, now.epoch, now.worker_id, now.handed_to) == (State.RUNNING, 1, "w-1", "")
    assert (now.run, now.charged_cost, now.charged_level) == (second.id, 2.5, 3)
    assert (row(first).run, row(first).charged_cost) == (second.id, 0)
    assert [each.epoch for each in attempts(second)] == [1]
    assert (last_event(second).epoch, last_event(second).worker) == (1, "w-1")


def test_a_message_that_came_twice_does_nothing_the_second_time(ann: Actor, desk: Desk) -> None:
    [job] = submitted(ann).jobs
    assert take(desk, job)
    assert take(desk, job) == []
    assert take(desk, job, worker="w-2") == []
    assert len(attempts(job)) == 1


def test_of_two_tickets_for_one_job_one_counts(ann: Actor, desk: Desk, two: list[Party]) -> None:
    for _ in range(10):
        [job] = submitted(ann).jobs
        run, both = [(job.id, 1)], ticket(desk, job)
        done = at_once(
            (two[0], partial(transitions.claim, run, "w-1", both)),
            (two[1], partial(transitions.claim, run, "w-2", both)),
        )
        assert sorted(len(claims) for claims in done) == [0, 1]
        assert (row(job).attempt, len(attempts(job))) == (1, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"until": 1.0},
        {"term": 999},
        {"session": uuid4()},
        {"plain": False},
    ],
    ids=["its time is over", "of another term", "of another session", "of a job with requirements"],
)
def test_one_that_does_not_hold_starts_nothing(ann: Actor, desk: Desk, wrong: dict[str, Any]) -> None:
    [job] = submitted(ann).jobs
    assert take(desk, job, **wrong) == []
    assert (row(job).state, row(job).epoch) == (State.QUEUED, 0)


def test_it_ends_with_the_term_of_who_sent_it(ann: Actor, desk: Desk) -> None:
    [job] = submitted(ann).jobs
    sent = ticket(desk, job)
    desk.leadership.resign()
    successor = Leadership()
    assert successor.campaign()
    assert transitions.claim([(job.id, 1)], "w-1", sent) == []


def test_what_was_cancelled_and_queued_again_meanwhile_is_not_started_by_the_old_one(ann: Actor, desk: Desk) -> None:
    [job] = submitted(ann).jobs
    sent = ticket(desk, job)
    with tenancy.as_user(ann):
        cancel(ann, job.id)
        retry(ann, job.id)
    assert (row(job).state, row(job).epoch) == (State.QUEUED, 1)
    assert transitions.claim([(job.id, 1)], "w-1", sent) == []
    assert len(take(desk, job, under=2)) == 1


def test_the_row_has_the_last_word_once_the_hand_off_is_written(ann: Actor, desk: Desk) -> None:
    [job] = submitted(ann).jobs
    sent = ticket(desk, job)
    desk.hand(job, to="w-2")
    assert transitions.claim([(job.id, 1)], "w-1", sent) == []
    assert len(transitions.claim([(job.id, 1)], "w-2", sent)) == 1


def test_a_recalled_one_is_void(ann: Actor, desk: Desk) -> None:
    [job] = submitted(ann).jobs
    sent = ticket(desk, job)
    desk.hand(job)
    desk.recall(job)
    assert transitions.claim([(job.id, 1)], "w-1", sent) == []


@pytest.mark.requirement("Q9")
class TestPauses:
    """What is paused when its message arrives does not begin."""

    @pytest.mark.parametrize("model", [Session, Workspace, Project, PlatformState])
    def test_whatever_is_paused_above_it(self, ann: Actor, desk: Desk, workspace: Workspace, model: Any) -> None:
        Project.objects.create(workspace=workspace, slug="site", name="Site")
        [job] = submitted(ann, {"project": "site"}).jobs
        if model is PlatformState:
            PlatformState.objects.get_or_create(name=ONLY)
        model.objects.update(paused_at=Now())
        assert take(desk, job) == []
        assert row(job).state == State.QUEUED
        model.objects.update(paused_at=None)
        assert len(take(desk, job)) == 1
        assert kinds(job) == ["TaskEnqueued", "TaskStarted"]
