"""A thousand jobs that wait for people hold no slot, thread or connection, and each finds its way back."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from agents.actor import Actor
from agents.models import Workspace
from approvals.models import ApprovalRequest
from tasks.execution.attempt import Ending
from tasks.execution.writing import write
from tasks.models import AgentJob
from tasks.scheduling import snapshot
from tasks.states import State
from tests.approvals.asking import rule
from tests.tasks.desk import Desk
from tests.tasks.people import submitted

pytestmark = [pytest.mark.requirement("P3"), pytest.mark.django_db]

THOUSAND = 1000
CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"


def test_a_thousand_suspended_jobs_hold_nothing(workspace: Workspace, ann: Actor, desk: Desk) -> None:
    rule(workspace, "echo")
    step = {"tool": "echo", "args": {"value": 1}}
    jobs = submitted(ann, *({"steps": [step], "session": f"s-{n % 50}"} for n in range(THOUSAND))).jobs
    before = threading.active_count(), _connections()
    claims = desk.start(*jobs)
    assert len(snapshot.read_members()) == THOUSAND
    write([Ending(claim, suspended="it waits") for claim in claims])
    assert AgentJob.objects.filter(state=State.SUSPENDED, lease_until=None, handed_to="").count() == THOUSAND
    assert (snapshot.read_members(), snapshot.read_running()) == ([], [])
    assert (threading.active_count(), _connections()) == before
    assert not ApprovalRequest.objects.exists(), "these asked about no call"


def _connections() -> int:
    with connection.cursor() as cursor:
        cursor.execute(CONNECTIONS)
        return int(cursor.fetchone()[0])
