"""What is over long enough goes, with everything that hangs on it; what is open or waited for stays."""

from __future__ import annotations

import pytest
from django.db import connection

from agents.actor import Actor
from agents.models import Workspace
from tasks import retention
from tasks.models import AgentJob, Event, IdempotencyKey
from tests.committing import commits
from tests.tasks.people import member, new_workspace, submitted

pytestmark = [pytest.mark.requirement("O1"), commits]


@pytest.fixture
def workspace() -> Workspace:
    return new_workspace()


@pytest.fixture
def ann(workspace: Workspace) -> Actor:
    return member(workspace)


def _over_for(job: AgentJob, days: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE tasks_agentjob SET state = 'cancelled' WHERE id = %s", [job.id])
        cursor.execute(
            "UPDATE tasks_agentjob SET completed_at = completed_at - make_interval(days => %s) WHERE id = %s",
            [days, job.id],
        )


def test_only_what_is_over_long_enough_is_deleted_and_counted(ann: Actor, workspace: Workspace) -> None:
    old, young, still_open = submitted(ann, {}, {}, {}).jobs
    _over_for(old, 31)
    _over_for(young, 29)

    assert retention.clean_workspace(workspace, dry_run=True).count == 1
    assert AgentJob.objects.filter(pk=old.pk).exists(), "a dry run deletes nothing"
    assert retention.clean_workspace(workspace).count == 1
    left = set(AgentJob.objects.in_workspace(workspace.id).values_list("pk", flat=True))
    assert left == {young.id, still_open.id}
    assert Event.objects.get(kind="RetentionRun").data == {"days": 30, "count": 1, "keys": 0}


def test_a_workspace_has_its_own_period(ann: Actor, workspace: Workspace) -> None:
    [job] = submitted(ann).jobs
    _over_for(job, 31)
    workspace.retention_days = 60
    assert retention.clean_workspace(workspace).count == 0


def _keys(workspace: Workspace) -> set[str]:
    return set(IdempotencyKey.objects.in_workspace(workspace.id).values_list("key", flat=True))


def _made_days_ago(workspace: Workspace, days: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE tasks_idempotencykey SET created_at = clock_timestamp() - make_interval(days => %s) "
            "WHERE workspace_id = %s",
            [days, workspace.id],
        )


@pytest.mark.requirement("J8")
def test_a_key_goes_with_the_last_job_that_it_made(ann: Actor, workspace: Workspace) -> None:
    old, still_open = submitted(ann, {}, {}, key="a batch").jobs
    _made_days_ago(workspace, 31)
    _over_for(old, 31)

    assert retention.clean_workspace(workspace).count == 1
    assert _keys(workspace) == {"a batch"}, "it must not make the open job a second time"
    _over_for(still_open, 31)
    assert retention.clean_workspace(workspace).count == 1
    assert _keys(workspace) == set()
    told = [event.data for event in Event.objects.filter(kind="RetentionRun").order_by("id")]
    assert told == [{"days": 30, "count": 1, "keys": 0}, {"days": 30, "count": 1, "keys": 1}]


def test_keys_go_by_the_period_of_their_workspace(ann: Actor, workspace: Workspace) -> None:
    elsewhere = new_workspace()
    for actor in (ann, member(elsewhere)):
        [job] = submitted(actor, key="once").jobs
        _over_for(job, 90)
        job.delete()
    for each in (workspace, elsewhere):
        _made_days_ago(each, 31)
    workspace.retention_days = 60

    assert retention.clean_workspace(workspace).count == 0
    assert retention.clean_workspace(elsewhere).count == 0
    assert (_keys(workspace), _keys(elsewhere)) == ({"once"}, set())


def test_a_young_key_stays_though_its_job_is_gone(ann: Actor, workspace: Workspace) -> None:
    [job] = submitted(ann, key="young").jobs
    _over_for(job, 31)
    _made_days_ago(workspace, 29)
    assert retention.clean_workspace(workspace).count == 1
    assert _keys(workspace) == {"young"}
