"""A job submits jobs: once for each of its calls, in its own place, as its agent, and within limits."""

from __future__ import annotations

from typing import Any

import pytest

from agents.actor import Actor
from agents.errors import InterlockError
from agents.models import Rule, Workspace
from agents.runtimes.failure import Failure
from approvals.models import ApprovalRequest
from tasks import transitions
from tasks.execution.attempt import Ending
from tasks.execution.writing import write
from tasks.models import AgentJob, Child
from tasks.operations.retry import retry
from tests.committing import commits
from tests.tasks.children.conftest import MODEL, Family, ids, states
from tests.tasks.desk import PERMANENT, let_lease_run_out, row
from tests.tasks.people import submitted

pytestmark = [pytest.mark.requirement("J11"), commits]

TRUE = {"command": ["true"]}


def test_a_child_stands_where_its_parent_stands_unless_it_says_otherwise(ann: Actor) -> None:
    family = Family(ann, priority="low", model_settings={"temperature": 0.5})

    [plain, other, thinks] = family.submit(
        TRUE, {**TRUE, "session": "elsewhere", "priority": "P0"}, {"prompt": "Look at it."}
    )

    assert (plain.session.name, plain.priority) == ("plan", 3)
    assert (other.session.name, other.priority) == ("elsewhere", 0)
    assert thinks.work["model"] == MODEL["model"]
    assert thinks.work["model_settings"]["temperature"] == 0.5
    assert (plain.submitted_by_kind, plain.submitted_by_label) == ("agent", "dev")


def test_the_same_call_made_again_finds_what_it_made(family: Family) -> None:
    first = family.submit(TRUE, TRUE)
    let_lease_run_out(family.claim)
    transitions.recover_lost_leases()
    family.goes_on()

    again = family.submit(TRUE, TRUE)

    assert ids(again) == ids(first)
    assert Child.objects.count() == 2


def test_the_same_task_by_another_call_is_another_job(family: Family) -> None:
    [one] = family.submit(TRUE, place=0)
    [other] = family.submit(TRUE, place=1)

    assert one.id != other.id


def test_other_arguments_in_the_same_place_are_another_call(family: Family) -> None:
    [one] = family.submit(TRUE)
    [other] = family.submit({"command": ["false"]})

    assert one.id != other.id


def test_a_run_that_lost_its_lease_submits_nothing(family: Family) -> None:
    let_lease_run_out(family.claim)
    transitions.recover_lost_leases()

    with pytest.raises(Failure, match="was stopped"):
        family.submit(TRUE)

    assert not Child.objects.exists()


def test_children_depend_on_each_other_by_key(family: Family) -> None:
    build, test = family.submit({**TRUE, "key": "build"}, {**TRUE, "key": "test", "depends_on": ["build"]})

    assert states([build, test]) == ["queued", "blocked"]


def test_what_is_wrong_with_one_task_is_said_and_none_is_submitted(family: Family) -> None:
    with pytest.raises(InterlockError, match="no tool") as refused:
        family.submit(TRUE, {"tool": "no.such.tool", "args": {}})

    assert refused.value.code == "invalid_spec"
    assert refused.value.details[0].path == "tasks[1].tool"
    assert AgentJob.objects.count() == 1


def test_the_policy_decides_about_each_child(family: Family, workspace: Workspace) -> None:
    Rule.objects.create(workspace=workspace, order=1, tool="submit.command", verdict="BLOCK")
    Rule.objects.create(workspace=workspace, order=2, tool="submit.plan", verdict="REQUIRE_APPROVAL")

    jobs = family.submit(TRUE, {"tool": "echo", "args": {"text": "x"}})

    assert states(jobs) == ["failed", "pending_approval"]
    assert row(jobs[0]).error_code == "blocked_by_policy"


@pytest.mark.requirement("P4")
def test_who_wanted_the_parent_wanted_the_child_too(family: Family, workspace: Workspace, ann: Actor) -> None:
    approvers = {"not_requester": True}
    Rule.objects.create(
        workspace=workspace, order=1, tool="submit.command", verdict="REQUIRE_APPROVAL", approvers=approvers
    )
    [child] = family.submit()

    request = ApprovalRequest.objects.get(job=child)

    assert (request.requester, request.requester_person) == ("agent:dev", ann.id)


def test_another_workspace_is_as_unknown_as_any(family: Family) -> None:
    with pytest.raises(InterlockError, match="no workspace"):
        family.submit({**TRUE, "workspace": "other"})


@pytest.mark.parametrize(("setting", "code"), [("max_children", "too_many_children"), ("max_child_depth", "too_deep")])
def test_there_is_a_limit(family: Family, settings: Any, setting: str, code: str) -> None:
    settings.INTERLOCK = settings.INTERLOCK.model_copy(update={setting: 1})
    [child] = family.submit({**MODEL, "limits": {"tokens": 1000}})
    deeper = Family.__new__(Family)
    deeper.ann, deeper.desk = family.ann, family.desk
    family.settles(child)
    deeper.parent, deeper.claim = child, family.starts(child)

    with pytest.raises(InterlockError) as refused:
        (deeper if setting == "max_child_depth" else family).submit(TRUE, place=1)

    assert refused.value.code == code


def test_nobody_waits_for_itself(family: Family) -> None:
    with pytest.raises(InterlockError, match="cannot end before") as refused:
        family.submit({**TRUE, "depends_on": [str(family.parent.id)]})
    assert refused.value.code == "waits_for_itself"

    [after] = family.submit({**TRUE, "depends_on": [str(family.parent.id)]}, place=1, wait=False)

    assert row(after).state == "blocked"


def test_nor_through_others(family: Family, ann: Actor) -> None:
    [between] = submitted(ann, {**TRUE, "depends_on": [str(family.parent.id)]}).jobs

    with pytest.raises(InterlockError, match="cannot end before"):
        family.submit({**TRUE, "depends_on": [str(between.id)]})


def test_in_another_life_of_the_parent_what_had_failed_is_tried_again(family: Family, ann: Actor) -> None:
    done, failed = family.submit(TRUE, TRUE)
    family.suspends()
    family.ends(done)
    write([Ending(family.starts(failed), failure=PERMANENT)])
    family.settles(failed)
    family.goes_on()
    assert states(family.submit(TRUE, TRUE)) == ["completed", "failed"]
    write([Ending(family.claim, failure=PERMANENT)])

    retry(ann, family.parent.id)
    family.goes_on()

    again = family.submit(TRUE, TRUE)
    assert ids(again) == ids([done, failed])
    assert states(again) == ["completed", "queued"]
