"""What is over long enough goes, with everything that hangs on it; what is open or waited for stays."""

from __future__ import annotations

import pytest
from django.db import connection

from agents.actor import Actor
from agents.models import Workspace
from tasks import retention
from tasks.models import AgentJob, Event
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
    assert Event.objects.get(kind="RetentionRun").data == {"days": 30, "count": 1}


def test_a_workspace_has_its_own_period(ann: Actor, workspace: Workspace) -> None:
    [job] = submitted(ann).jobs
    _over_for(job, 31)
    workspace.retention_days = 60
    assert retention.clean_workspace(workspace).count == 0
