"""What can only be when something is wrong is found, and nothing else is."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.db import connection

from agents.ids import new_id
from agents.models import Session, Workspace
from tasks import consistency
from tasks.models import AgentJob, Attempt, Dependency

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("I5")]
RUNNING = "state = 'running', worker_id = 'w-1', attempt = 1, epoch = epoch + 1"


def found() -> dict[str, list[str]]:
    """The ids of what is wrong, by the question that found it."""
    return {finding.question.name: finding.examples for finding in consistency.findings() if finding.count}


def sql(query: str, *params: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(query, params)


@pytest.fixture
def session() -> Session:
    workspace = Workspace.objects.create(slug="w", name="W")
    return Session.objects.create(workspace=workspace, name="s")


def new_job(session: Session, state: str = "queued") -> AgentJob:
    made = AgentJob(workspace=session.workspace, session=session, title="t", timeout_ms=1000, max_attempts=3)
    made.state = state
    made.save(force_insert=True)
    number_the_events()
    return made


def running(session: Session, lease: str = "20 seconds") -> AgentJob:
    made = new_job(session)
    sql(f"UPDATE tasks_agentjob SET {RUNNING}, lease_until = now() + interval '{lease}' WHERE id = %s", made.id)
    Attempt.objects.create(workspace=session.workspace, job=made, number=1, epoch=1, worker_id="w-1")
    number_the_events()
    return made


def worker(lease: str = "20 seconds", stopped: str = "NULL") -> None:
    sql(
        "INSERT INTO tasks_worker (id, name, host, pid, slots, capabilities, lease_until, stopped_at) "
        f"VALUES ('w-1', 'w', 'h', 1, 1, '{{}}', now() + interval '{lease}', {stopped})"
    )
    number_the_events()


def number_the_events() -> None:
    sql("UPDATE tasks_event SET seq = id WHERE seq IS NULL")


def test_an_empty_platform_is_in_order() -> None:
    assert found() == {}


def test_work_in_progress_is_in_order(session: Session) -> None:
    worker()
    running(session)
    waits = new_job(session, "blocked")
    Dependency.objects.create(workspace=session.workspace, job=waits, requires=new_job(session))
    assert found() == {}


def test_a_lease_that_ran_out_is_found_but_not_at_once(session: Session) -> None:
    worker()
    lost = running(session, "-1 minute")
    running(session, "-1 second")
    assert found() == {"leases": [str(lost.id)]}


@pytest.mark.parametrize(("lease", "stopped"), [("-1 minute", "NULL"), ("20 seconds", "now() - interval '1 minute'")])
def test_a_job_with_a_worker_that_is_gone_is_found(lease: str, stopped: str, session: Session) -> None:
    worker(lease, stopped)
    assert found() == {}
    lost = running(session)
    assert found() == {"workers of jobs": [str(lost.id)]}


def test_a_job_with_a_worker_that_never_was_is_found(session: Session) -> None:
    assert found() == {}
    assert list(found() | {"job": [str(running(session).id)]}) == ["job"]
    assert list(found()) == ["workers of jobs"]


def test_a_hand_off_that_nobody_took_is_found(session: Session) -> None:
    handed = new_job(session)
    late = "UPDATE tasks_agentjob SET handed_to = 'w-1', handed_until = now() + %s::interval WHERE id = %s"
    sql(late, "-1 second", handed.id)
    assert found() == {}
    sql(late, "-1 minute", handed.id)
    assert found() == {"hand-offs": [str(handed.id)]}


def test_a_job_that_waits_for_nothing_is_found(session: Session) -> None:
    waits = new_job(session, "blocked")
    assert found() == {}
    sql("UPDATE tasks_agentjob SET state_since = now() - interval '1 minute' WHERE id = %s", waits.id)
    assert found() == {"dependencies": [str(waits.id)]}


def test_an_attempt_that_nobody_ended_is_found(session: Session) -> None:
    worker()
    done = running(session)
    sql("UPDATE tasks_agentjob SET state = 'completed' WHERE id = %s", done.id)
    number_the_events()
    assert found() == {"attempts": [str(done.id)]}


def test_a_run_without_an_attempt_is_found(session: Session) -> None:
    worker()
    bare = running(session)
    Attempt.objects.all().delete()
    assert found() == {"runs": [str(bare.id)]}


def test_events_that_nobody_numbers_are_found(session: Session) -> None:
    new_job(session)
    sql("INSERT INTO tasks_event (kind, before, after, actor, reason, worker, data, at) "
        "VALUES ('RetentionRun', '', '', '', '', '', '{}', now() - interval '1 minute')")  # fmt: skip
    assert list(found()) == ["events"]


def test_many_are_counted_and_a_few_are_named(session: Session) -> None:
    worker()
    for _ in range(5):
        running(session, "-1 minute")
    leases = next(finding for finding in consistency.findings() if finding.question.name == "leases")
    assert (leases.count, len(leases.examples)) == (5, consistency.MOST_NAMED)
    assert all(UUID(example) != new_id() for example in leases.examples)
