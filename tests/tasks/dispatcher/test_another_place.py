"""A job that gets another place while it waits starts there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from agents import tenancy
from agents.actor import Actor
from agents.models import Workspace
from tasks import transitions
from tasks.models import AgentJob
from tasks.operations.move import End, Scope, Where, move, override
from tests.committing import commits
from tests.tasks.desk import complete, row
from tests.tasks.dispatcher.conftest import Running
from tests.tasks.dispatcher.stand_in import StandIn
from tests.tasks.parties import wait_for
from tests.tasks.people import member, new_workspace, submitted

pytestmark = [pytest.mark.requirement("Q7"), commits]


def next_of(stand_in: StandIn, running: list[transitions.Claim]) -> list[transitions.Claim]:
    complete(*running)
    return stand_in.claim(1)


def test_moved_in_its_session_pinned_past_others_and_overridden(
    ann: Actor, workspace: Workspace, worker: Callable[..., StandIn], dispatcher: Running
) -> None:
    stand_in = worker(slots=1)
    jobs = submitted(ann, *({"session": "mine"} for _ in range(5))).jobs
    running = stand_in.claim(1)
    others = submitted(ann, *({"session": "other"} for _ in range(3))).jobs
    stranger = member(new_workspace())
    foreign = submitted(stranger, {}, {}).jobs
    root = replace(stranger, platform_admin=True).as_admin_of([foreign[1].workspace_id])
    with tenancy.as_user(ann):
        move(ann, [jobs[4].id], Where(before=jobs[1].id))
        move(ann, [others[2].id], Where(to=End.FRONT, scope=Scope.QUEUE))
    with tenancy.as_user(root):
        override(root, [foreign[1].id], "first of all")
    running = next_of(stand_in, running)
    assert [claim.id for claim in running] == [foreign[1].id]
    started = []
    for _ in range(8):
        running = next_of(stand_in, running)
        started += [claim.id for claim in running]
    ours = [id for id in started if id != foreign[0].id]
    assert ours[0] == others[2].id
    mine = [id for id in ours if id in {job.id for job in jobs}]
    assert mine == [jobs[4].id, jobs[1].id, jobs[2].id, jobs[3].id]


@pytest.mark.requirement("Q4")
def test_what_an_urgent_job_waits_for_starts_as_if_it_were_urgent(
    ann: Actor, worker: Callable[..., StandIn], dispatcher: Running
) -> None:
    stand_in = worker(slots=1)
    submitted(ann, {"session": "busy"})
    running = stand_in.claim(1)
    submitted(ann, *({"session": "busy", "priority": "P2"} for _ in range(3)))
    slow, _ = submitted(
        ann,
        {"key": "slow", "priority": "P4", "session": "a"},
        {"key": "urgent", "priority": "P0", "session": "b", "depends_on": ["slow"]},
    ).jobs
    wait_for(lambda: row(slow).inherited == 0, "the job to inherit")
    running = next_of(stand_in, running)
    assert [claim.id for claim in running] == [slow.id]


@pytest.mark.requirement("Q4")
def test_a_new_leader_finds_what_was_to_be_inherited(
    ann: Actor, worker: Callable[..., StandIn], dispatchers: Callable[[], Running]
) -> None:
    slow, _ = submitted(ann, {"key": "slow", "priority": "P4"}, {"priority": "P1", "depends_on": ["slow"]}).jobs
    dispatchers()
    wait_for(lambda: AgentJob.objects.get(pk=slow.id).inherited == 1, "the job to inherit")
