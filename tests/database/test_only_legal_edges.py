"""Every pair of states, in plain SQL, as the owner and as the web role: the database itself keeps the machine."""

from __future__ import annotations

import itertools

import psycopg
import pytest

from agents.models import Session
from tasks.states import EDGES, NEW, State
from tests.database.jobs import BY_KIND, events, move, new_job, row, unsaved
from tests.database.rows import Connection, enter, new_workspace, put, sample, scalar

pytestmark = pytest.mark.requirement("J3")

PAIRS = [(before, after) for before, after in itertools.product(State, State) if before != after]
LEGAL = [pair for pair in PAIRS if pair in EDGES]
ILLEGAL = [pair for pair in PAIRS if pair not in EDGES]
LEGAL_KINDS = [(before, after, kind) for before, after in LEGAL for kind in EDGES[before, after]]


@pytest.mark.requirement("J4")
@pytest.mark.parametrize(("before", "after", "kind"), LEGAL_KINDS)
def test_a_legal_change_happens_and_writes_one_event(
    either: Connection, before: State, after: State, kind: str
) -> None:
    job = new_job(either, before)
    was, earlier = row(either, job.pk), events(either, job.pk)
    enter(either, job.workspace_id, actor="user:ann", reason="because")

    assert move(either, job.pk, after, BY_KIND.get((before, kind), "")) == 1

    now, [event] = row(either, job.pk), events(either, job.pk)[len(earlier) :]
    assert now["state"] == after
    assert now["version"] == was["version"] + 1
    assert now["state_since"] >= was["state_since"]
    expected = {
        "kind": kind,
        "before": before,
        "after": after,
        "actor": "user:ann",
        "reason": "because",
        "version": now["version"],
        "epoch": was["epoch"] if before == State.RUNNING else now["epoch"],
        "worker": "w-1" if State.RUNNING in (before, after) else "",
        "workspace_id": job.workspace_id,
        "session_id": job.session_id,
        "seq": None,
    }
    assert {name: event[name] for name in expected} == expected


@pytest.mark.parametrize(("before", "after"), ILLEGAL)
def test_an_illegal_change_is_refused_and_changes_nothing(either: Connection, before: State, after: State) -> None:
    job = new_job(either, before)
    was, earlier = row(either, job.pk), events(either, job.pk)

    with pytest.raises(psycopg.errors.CheckViolation) as refused, either.transaction():
        move(either, job.pk, after)

    assert refused.value.diag.constraint_name == "job_edge_legal"
    assert refused.value.diag.message_primary == f"A job cannot go from {before} to {after}."
    assert row(either, job.pk) == was
    assert events(either, job.pk) == earlier


@pytest.mark.requirement("J4")
@pytest.mark.parametrize("first", [state for state in State if (NEW, state) in EDGES])
def test_a_job_may_begin_here_and_that_writes_one_event(either: Connection, first: State) -> None:
    job = new_job(either, first)

    [event] = events(either, job.pk)
    assert (event["kind"], event["before"], event["after"]) == (EDGES[NEW, first][0], NEW, first)
    assert (event["version"], event["epoch"]) == (1, 0)


@pytest.mark.parametrize("first", [*(state for state in State if (NEW, state) not in EDGES), "nonsense"])
def test_a_job_cannot_begin_here(either: Connection, first: str) -> None:
    workspace = new_workspace(either)
    session = sample(either, Session, workspace)
    events_before = scalar(either, "SELECT count(*) FROM tasks_event")

    with pytest.raises(psycopg.errors.CheckViolation) as refused, either.transaction():
        put(either, unsaved(workspace, session.pk, first))

    assert refused.value.diag.constraint_name == "job_edge_legal"
    assert scalar(either, "SELECT count(*) FROM tasks_agentjob WHERE workspace_id = %s", [workspace]) == 0
    assert scalar(either, "SELECT count(*) FROM tasks_event") == events_before


@pytest.mark.parametrize("state", State)
def test_writing_the_same_state_again_is_no_change(either: Connection, state: State) -> None:
    job = new_job(either, state)
    was, earlier = row(either, job.pk), events(either, job.pk)

    either.execute("UPDATE tasks_agentjob SET state = state WHERE id = %s", [job.pk])

    assert row(either, job.pk) == was
    assert events(either, job.pk) == earlier


def test_an_unknown_state_is_refused(either: Connection) -> None:
    job = new_job(either)
    with pytest.raises(psycopg.errors.CheckViolation), either.transaction():
        move(either, job.pk, "nonsense")


def test_who_says_nothing_is_named_by_the_login(either: Connection) -> None:
    job = new_job(either)
    either.execute("SELECT set_config('interlock.actor', '', true)")
    move(either, job.pk, State.CANCELLED)
    assert events(either, job.pk)[-1]["actor"] == f"database:{either.info.user}"
