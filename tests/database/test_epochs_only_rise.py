"""The epoch fences the writes of a run: it rises whenever a run or a hand-off loses its job, and never falls."""

from __future__ import annotations

import psycopg
import pytest

from tasks.states import EDGES, State
from tests.database.jobs import BY_KIND, events, move, new_job, row
from tests.database.rows import Connection

pytestmark = pytest.mark.requirement("W2")

HANDED = "handed_to = 'w-1', handed_until = now() + interval '1 minute', epoch = epoch + 1"
OUT_OF_RUNNING = [after for before, after in EDGES if before == State.RUNNING]
OUT_OF_QUEUED = [after for before, after in EDGES if before == State.QUEUED and after != State.RUNNING]


@pytest.mark.parametrize("after", OUT_OF_RUNNING)
def test_leaving_running_raises_the_epoch(either: Connection, after: State) -> None:
    job = new_job(either, State.RUNNING)
    was = row(either, job.pk)
    move(either, job.pk, after)
    now = row(either, job.pk)
    assert now["epoch"] == was["epoch"] + 1
    assert now["lease_until"] is None


@pytest.mark.parametrize("after", OUT_OF_QUEUED)
def test_leaving_the_queue_with_a_hand_off_on_its_way_raises_the_epoch(either: Connection, after: State) -> None:
    job = new_job(either)
    either.execute(f"UPDATE tasks_agentjob SET {HANDED} WHERE id = %s", [job.pk])
    was = row(either, job.pk)
    move(either, job.pk, after)
    now = row(either, job.pk)
    assert now["epoch"] == was["epoch"] + 1
    assert (now["handed_to"], now["handed_until"]) == ("", None)


def test_a_claim_keeps_the_epoch_of_its_hand_off_and_clears_the_hand_off(either: Connection) -> None:
    job = new_job(either)
    either.execute(f"UPDATE tasks_agentjob SET {HANDED} WHERE id = %s", [job.pk])
    move(either, job.pk, State.RUNNING)
    now = row(either, job.pk)
    assert (now["epoch"], now["handed_to"], now["handed_until"]) == (1, "", None)
    assert events(either, job.pk)[-1]["epoch"] == 1


@pytest.mark.parametrize("state", State)
def test_the_epoch_cannot_fall(either: Connection, state: State) -> None:
    job = new_job(either, state)
    either.execute("UPDATE tasks_agentjob SET epoch = 7 WHERE id = %s", [job.pk])

    with pytest.raises(psycopg.errors.CheckViolation) as refused, either.transaction():
        either.execute("UPDATE tasks_agentjob SET epoch = 6 WHERE id = %s", [job.pk])

    assert refused.value.diag.constraint_name == "job_epoch_rises"
    assert row(either, job.pk)["epoch"] == 7


@pytest.mark.parametrize("after", OUT_OF_RUNNING)
def test_leaving_running_cannot_set_it_back_either(either: Connection, after: State) -> None:
    job = new_job(either, State.RUNNING)
    either.execute("UPDATE tasks_agentjob SET epoch = 7 WHERE id = %s", [job.pk])
    move(either, job.pk, after, "epoch = 0")
    assert row(either, job.pk)["epoch"] == 8


def test_the_version_counts_changes_of_state_whatever_the_statement_says(either: Connection) -> None:
    job = new_job(either)
    for step, (after, also) in enumerate(
        [("running", "version = 100"), ("queued", BY_KIND["running", "TaskRetried"]), ("cancelled", "version = 1")]
    ):
        move(either, job.pk, after, also)
        assert row(either, job.pk)["version"] == step + 2
    assert [event["version"] for event in events(either, job.pk)] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("worker_id = ''", "job_running_has_a_lease"),
        ("lease_until = NULL", "job_running_has_a_lease"),
        ("handed_to = 'w-2', handed_until = now()", "job_handed_over_only_while_queued"),
    ],
)
def test_a_running_job_has_a_worker_and_a_lease_and_no_hand_off(
    either: Connection, change: str, constraint: str
) -> None:
    job = new_job(either, State.RUNNING)
    with pytest.raises(psycopg.errors.CheckViolation) as refused, either.transaction():
        either.execute(f"UPDATE tasks_agentjob SET {change} WHERE id = %s", [job.pk])
    assert refused.value.diag.constraint_name == constraint
