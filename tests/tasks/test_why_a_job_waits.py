"""What a reader is told of a waiting job: its place and the one limit that holds it, read as the web's role."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connection

from agents import tenancy
from agents.actor import Actor
from agents.models import Workspace
from tasks import explain
from tasks.models import AgentJob
from tasks.scheduling import snapshot
from tasks.scheduling.core import Scheduler
from tasks.scheduling.values import Policy
from tasks.waiting import Waiting
from tests.committing import commits, logged_in_as_web
from tests.tasks.desk import Desk
from tests.tasks.people import member, new_workspace, submitted

pytestmark = [pytest.mark.requirement("Q6"), commits]

LATER = "2099-01-02T03:04:05Z"


@pytest.fixture
def workspace() -> Workspace:
    return new_workspace()


@pytest.fixture
def ann(workspace: Workspace) -> Actor:
    return member(workspace)


@pytest.fixture
def worker() -> None:
    """One with a free slot."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tasks_worker (id, name, host, pid, slots, capabilities, lease_until) "
            "VALUES ('w-1', 'w-1', 'here', 1, 9, '{}', now() + interval '1 hour')"
        )


@pytest.fixture
def desk() -> Iterator[Desk]:
    one = Desk()
    yield one
    one.leadership.resign()


def change(job: AgentJob, assignments: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE tasks_agentjob SET {assignments} WHERE id = %s", [job.id])


def queued(ann: Actor) -> list[AgentJob]:
    """What that reader sees, in the order of submission."""
    return list(AgentJob.objects.for_user(ann).filter(state="queued").order_by("id"))


def told(ann: Actor, *jobs: AgentJob) -> list[Waiting]:
    """What the reader is told of each of the jobs."""
    with logged_in_as_web(), tenancy.as_user(ann):
        seen = {job.id: job for job in queued(ann)}
        found = explain.waiting_for([seen[job.id] for job in jobs])
        return [found[job.id] for job in jobs]


@pytest.mark.requirement("Q5")
def test_the_place_is_counted_in_the_order_of_its_own_session(ann: Actor) -> None:
    one, two, three = submitted(ann, *[{"session": "line"}] * 3).jobs
    elsewhere = submitted(ann, {"session": "other", "priority": "P4"}).jobs[0]
    urgent = submitted(ann, {"session": "line", "priority": "P0"}).jobs[0]
    change(two, "rank = (SELECT rank FROM tasks_agentjob other WHERE other.title <> '' ORDER BY rank DESC LIMIT 1) + 9")
    change(three, "state = 'cancelled'")
    with logged_in_as_web(), tenancy.as_user(ann):
        shown = queued(ann)
        assert explain.positions(shown) == {urgent.id: 1, one.id: 2, two.id: 3, elsewhere.id: 1}
        assert explain.positions([job for job in shown if job.id == two.id]) == {two.id: 3}
        assert explain.positions([]) == explain.positions(AgentJob.objects.for_user(ann).filter(pk=three.id)) == {}


@pytest.mark.requirement("Q5")
def test_places_are_counted_over_all_classes_and_told_to_nobody_else(ann: Actor) -> None:
    needs = [{"limits": {"memory_mb": 64 * (1 + number % 3)}, "session": "line"} for number in range(12)]
    jobs = submitted(ann, *needs).jobs
    stranger = member(new_workspace())
    with logged_in_as_web(), tenancy.as_user(ann):
        shown = queued(ann)
        assert explain.positions(reversed(shown)) == {job.id: place for place, job in enumerate(jobs, 1)}
        assert explain.positions(shown[5:7]) == {jobs[5].id: 6, jobs[6].id: 7}
    with logged_in_as_web(), tenancy.as_user(stranger):
        assert explain.positions(shown) == {}


def test_what_was_never_tried_says_when_it_may_start(ann: Actor, worker: None) -> None:
    [job] = submitted(ann, {"not_before": LATER}).jobs
    [waiting] = told(ann, job)
    assert waiting == Waiting("retry_delay", "it is not to start before 2099-01-02 03:04:05 UTC")


def test_what_failed_says_when_it_is_tried_again(ann: Actor, worker: None) -> None:
    [job] = submitted(ann).jobs
    change(job, "attempt = 1, failures = 1, available_at = now() + interval '30 seconds'")
    [waiting] = told(ann, job)
    assert waiting.code == "retry_delay"
    assert waiting.sentence.startswith("it is tried again in ")


def test_every_job_of_a_run_is_on_its_way(ann: Actor, worker: None, desk: Desk) -> None:
    jobs = submitted(ann, {}, {}).jobs
    assert len(desk.hand(*jobs)) == 2
    assert told(ann, *jobs) == [Waiting("starting", "is on its way to a worker")] * 2


def test_the_first_of_a_session_is_told_of_other_sessions(ann: Actor, workspace: Workspace, worker: None) -> None:
    ahead = [submitted(ann, *[{"session": name, "priority": "P0"}] * 3).jobs for name in ("a", "b")]
    [first, second] = submitted(ann, *[{"session": "c"}] * 2).jobs
    assert [waiting.sentence for waiting in told(ann, first, second, ahead[0][2])] == [
        f"it waits its turn: 2 sessions of workspace {workspace.slug} before it",
        "it waits its turn: 1 job of session c before it",
        "it waits its turn: 2 jobs of session a before it",
    ]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_reading_what_is_near_says_the_same_as_reading_everything(
    ann: Actor, workspace: Workspace, worker: None, desk: Desk, number: int
) -> None:
    """Sessions with every kind of limit, and jobs of several classes in them."""
    submitted(member(new_workspace(), name="eve"), *[{"session": "strange"}] * 3)
    for name in ("plain", "capped", "paused", "needy", "urgent"):
        needs = {"limits": {"memory_mb": 100_000}} if name == "needy" else {}
        tasks = [{"session": name, "priority": f"P{(n + number) % 5}"} | (needs if n % 2 else {}) for n in range(4)]
        submitted(ann, *tasks, {"session": name, "not_before": LATER})
    with connection.cursor() as cursor:
        cursor.execute("UPDATE agents_session SET paused_at = now() WHERE name = 'paused'")
        cursor.execute("UPDATE agents_session SET max_running = 1 WHERE name = 'capped'")
    for name in ("capped", "plain"):
        ready = [job for job in queued(ann) if job.session.name == name and job.available_at is None]
        desk.start(ready[number])
    with logged_in_as_web(), tenancy.as_user(ann):
        jobs = queued(ann)
        whole, now = explain.with_slots_elsewhere(snapshot.read_all()), snapshot.read_now()
        scheduler = Scheduler.load(whole, Policy(aging_seconds=settings.INTERLOCK.aging_seconds), now)
        expected = {job.id: scheduler.why(explain._as_queued(job), now) for job in jobs}
        each = {job.id: explain.waiting_for([job])[job.id] for job in jobs}
        assert explain.waiting_for(jobs) == each
    codes = {reason.code.value for reason in expected.values()}
    assert codes >= {"its_turn", "paused", "retry_delay", "session_cap"}
    for job in jobs:
        if expected[job.id].code != "retry_delay":
            assert (each[job.id].code, each[job.id].sentence) == (
                expected[job.id].code.value,
                expected[job.id].sentence,
            )
