"""A parent waits for its children without a slot, and goes on when the last of them is over, whatever came of them."""

from __future__ import annotations

import pytest
from django.db import connection

from agents import tenancy
from agents.actor import Actor
from agents.models import Rule, Workspace
from tasks import explain
from tasks.children import settling
from tasks.consistency import findings
from tasks.execution.attempt import Ending
from tasks.execution.writing import write
from tasks.models import ToolCall
from tasks.models.call import CallState
from tasks.operations.cancel import cancel
from tests.committing import commits
from tests.tasks.children.conftest import Family, states
from tests.tasks.desk import PERMANENT, complete, last_event, row
from tests.tasks.people import member

pytestmark = [pytest.mark.requirement("J11"), commits]

TRUE = {"command": ["true"]}


def test_it_goes_on_when_all_that_it_waits_for_are_over(family: Family) -> None:
    one, other = family.submit(TRUE, TRUE)
    family.suspends()
    assert row(family.parent).state == "suspended"

    family.ends(one)
    assert row(family.parent).state == "suspended"
    write([Ending(family.starts(other), failure=PERMANENT)])
    family.settles(other)

    assert row(family.parent).state == "queued"
    assert last_event(family.parent).kind == "TaskResumed"


def test_children_that_end_before_it_waits_are_noticed_when_it_does(family: Family) -> None:
    [child] = family.submit()
    family.ends(child)
    family.suspends()
    assert row(family.parent).state == "suspended"

    family.settles(family.parent)

    assert row(family.parent).state == "queued"


def test_the_sweep_finds_what_no_event_told(family: Family) -> None:
    [child] = family.submit()
    waits(family)
    assert settling.there_are()
    complete(family.starts(child))

    settling.settle()

    assert row(family.parent).state == "queued"


def test_it_does_not_wait_for_what_it_said_it_would_not_wait_for(family: Family) -> None:
    family.submit(TRUE, wait=False)
    [awaited] = family.submit(TRUE, place=1)
    family.suspends()

    family.ends(awaited)

    assert row(family.parent).state == "queued"


def test_nor_while_a_call_of_the_same_turn_asks(family: Family, workspace: Workspace) -> None:
    [child] = family.submit()
    waits(family, CallState.ASKED)

    family.ends(child)

    assert row(family.parent).state == "suspended"


def test_denied_children_are_cancelled_and_their_parent_goes_on(family: Family, workspace: Workspace) -> None:
    Rule.objects.create(workspace=workspace, order=1, tool="submit.command", verdict="REQUIRE_APPROVAL")
    [child] = family.submit()
    family.suspends()
    olga = member(workspace, name="olga")
    with tenancy.as_user(olga):
        cancel(olga, child.id, "no")

    family.settles(child)

    assert states([child, family.parent]) == ["cancelled", "queued"]


@pytest.mark.requirement("Q6")
def test_it_says_for_how_many_it_waits(family: Family, ann: Actor) -> None:
    jobs = family.submit(*[TRUE] * 5)
    family.suspends()
    for job in jobs[:3]:
        family.ends(job)

    with tenancy.as_user(ann):
        reason = explain.waiting_for([row(family.parent)])[family.parent.id]

    assert (reason.code, reason.limit, reason.used) == ("children", 5, 3)
    assert reason.sentence == "waits for 2 of the 5 jobs that it submitted"


@pytest.mark.requirement("Q14")
def test_the_consistency_check_knows_who_waits_in_vain(family: Family) -> None:
    [child] = family.submit()
    family.suspends()
    complete(family.starts(child))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE tasks_agentjob SET completed_at = completed_at - interval '1 minute' WHERE id = %s", [child.id]
        )
        cursor.execute("UPDATE tasks_agentjob SET state_since = state_since - interval '1 minute'")

    wrong = {finding.question.name: finding.count for finding in findings() if finding.count}

    assert wrong["children"] == 1


def test_calls_of_a_job_that_ended_wait_no_more(family: Family, ann: Actor) -> None:
    family.submit()
    waits(family)
    with tenancy.as_user(ann):
        cancel(ann, family.parent.id)

    assert settling.forget_waits() == 1

    assert not settling.there_are()


def waits(family: Family, state: CallState = CallState.WAITS) -> None:
    """Suspended, with its call on record as a worker leaves it."""
    ToolCall.objects.create(
        workspace_id=family.parent.workspace_id,
        job=family.parent,
        attempt=family.claim.attempt,
        epoch=family.claim.epoch,
        index=0,
        tool="task.submit",
        effect="idempotent",
        verdict="ALLOW",
        state=state,
    )
    family.suspends()
