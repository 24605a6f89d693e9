"""Many rows in one statement: each gets its own event, and one illegal row refuses all of them."""

from __future__ import annotations

from uuid import UUID

import psycopg
import pytest

from agents.models import Session
from config.settings import BY_INDEX
from tasks.models import AgentJob
from tasks.states import State
from tests.database.conftest import Login
from tests.database.jobs import move, new_job, unsaved
from tests.database.rows import Connection, enter, new_workspace, put, sample, scalar

pytestmark = pytest.mark.requirement("J4")

MANY = 50


def many_jobs(connection: Connection) -> tuple[UUID, list[AgentJob]]:
    workspace = new_workspace(connection)
    session = sample(connection, Session, workspace)
    return workspace, [put(connection, unsaved(workspace, session.pk)) for _ in range(MANY)]


def test_one_update_of_many_jobs_writes_one_event_for_each(either: Connection) -> None:
    workspace, jobs = many_jobs(either)
    enter(either, workspace, actor="user:ann", reason="all of it")

    changed = either.execute(
        "UPDATE tasks_agentjob SET state = 'cancelled' WHERE workspace_id = %s", [workspace]
    ).rowcount

    written = either.execute(
        "SELECT job_id, actor, reason, version FROM tasks_event WHERE workspace_id = %s AND kind = 'TaskCancelled'",
        [workspace],
    ).fetchall()
    assert changed == MANY
    assert sorted(event["job_id"] for event in written) == sorted(job.pk for job in jobs)
    assert {(event["actor"], event["reason"], event["version"]) for event in written} == {("user:ann", "all of it", 2)}


def test_one_insert_of_many_jobs_writes_one_event_for_each(either: Connection) -> None:
    workspace, _ = many_jobs(either)
    columns = ", ".join(
        f.column for f in AgentJob._meta.concrete_fields if f.column not in ("id", "created_at", "state_since")
    )
    either.execute(
        f"INSERT INTO tasks_agentjob (id, {columns}) SELECT gen_random_uuid(), {columns} FROM tasks_agentjob "
        "WHERE workspace_id = %s",
        [workspace],
    )
    counts = either.execute(
        "SELECT kind, count(DISTINCT job_id) AS jobs, count(*) AS events FROM tasks_event WHERE workspace_id = %s "
        "GROUP BY kind",
        [workspace],
    ).fetchall()
    assert counts == [{"kind": "TaskEnqueued", "jobs": 2 * MANY, "events": 2 * MANY}]


def test_one_illegal_row_refuses_the_whole_statement(either: Connection) -> None:
    workspace, jobs = many_jobs(either)
    move(either, jobs[-1].pk, State.CANCELLED)
    events = scalar(either, "SELECT count(*) FROM tasks_event WHERE workspace_id = %s", [workspace])

    with pytest.raises(psycopg.errors.CheckViolation), either.transaction():
        either.execute(
            "UPDATE tasks_agentjob SET state = 'running', worker_id = 'w-1', lease_until = now() "
            "WHERE workspace_id = %s",
            [workspace],
        )

    queued = "SELECT count(*) FROM tasks_agentjob WHERE workspace_id = %s AND state = 'queued'"
    assert scalar(either, queued, [workspace]) == MANY - 1
    assert scalar(either, "SELECT count(*) FROM tasks_event WHERE workspace_id = %s", [workspace]) == events


def test_what_is_no_change_of_state_writes_what_it_is(either: Connection) -> None:
    workspace, jobs = many_jobs(either)
    either.execute("UPDATE tasks_agentjob SET priority = 0 WHERE workspace_id = %s", [workspace])
    either.execute("UPDATE tasks_agentjob SET rank = rank + 1 WHERE workspace_id = %s", [workspace])
    either.execute("UPDATE tasks_agentjob SET title = 'Another' WHERE workspace_id = %s", [workspace])
    move(either, jobs[0].pk, State.RUNNING)
    either.execute("UPDATE tasks_agentjob SET progress_percent = 40 WHERE workspace_id = %s", [workspace])

    counts = either.execute(
        "SELECT kind, count(*) AS events FROM tasks_event WHERE workspace_id = %s AND kind <> 'TaskEnqueued' "
        "GROUP BY kind ORDER BY min(id)",
        [workspace],
    ).fetchall()
    assert {count["kind"]: count["events"] for count in counts} == {
        "PriorityChanged": MANY,
        "TaskReordered": MANY,
        "TaskStarted": 1,
        "TaskProgress": 1,  # of the one that runs
    }


def test_a_rolled_back_change_leaves_no_event(either: Connection) -> None:
    workspace, jobs = many_jobs(either)
    events = scalar(either, "SELECT count(*) FROM tasks_event WHERE workspace_id = %s", [workspace])
    with either.transaction(force_rollback=True):
        move(either, jobs[0].pk, State.CANCELLED)
    assert scalar(either, "SELECT count(*) FROM tasks_event WHERE workspace_id = %s", [workspace]) == events


@pytest.mark.parametrize("forbidden", ["", BY_INDEX["options"]], ids=["web", "worker"])
def test_a_first_change_of_one_job_plans_for_many(db: None, login: Login, forbidden: str) -> None:
    """A connection keeps the plan of its first change. Did that compare old and new rows each with each, a run of 128 jobs
    would take 16,384 comparisons."""
    fresh = login("owner")
    for setting in forbidden.replace("-c ", "").split():
        name, value = setting.split("=")
        fresh.execute("SELECT set_config(%s, %s, true)", [name, value])
    job = new_job(fresh)
    plans: list[str] = []
    fresh.add_notice_handler(lambda notice: plans.append(notice.message_detail or ""))

    fresh.execute("SET LOCAL debug_print_plan = on; SET LOCAL client_min_messages = log")
    move(fresh, job.pk, State.RUNNING)
    fresh.rollback()

    of_events = [plan for plan in plans if "old_rows" in plan and "new_rows" in plan]
    assert of_events, "the trigger's statement was planned here"
    assert not any("NESTLOOP" in plan for plan in of_events)
