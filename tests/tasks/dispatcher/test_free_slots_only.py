"""Nothing is handed off that cannot start now: the backlog stays where it can be counted, moved and cancelled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.conf import LazySettings
from django.db import connection
from django.db.models.functions import Now

from agents import tenancy
from agents.actor import Actor
from agents.models import Project, Session, Workspace
from tasks import sessions, transitions
from tasks.dispatcher.loop import Dispatcher
from tasks.models import AgentJob
from tasks.operations.cancel import cancel
from tasks.operations.retry import retry
from tasks.states import State
from tests.committing import commits
from tests.tasks.desk import PERMANENT, TRANSIENT, USAGE, complete, row
from tests.tasks.dispatcher.conftest import Running
from tests.tasks.dispatcher.stand_in import StandIn, jobs_of
from tests.tasks.parties import wait_for
from tests.tasks.people import member, new_workspace, submitted

pytestmark = [pytest.mark.requirement("Q2"), commits]

HELD = "SELECT count(*) FROM tasks_agentjob WHERE (state = 'running' OR handed_to <> '')"


def held(condition: str = "true", *values: object) -> int:
    """How many jobs have a slot."""
    with connection.cursor() as cursor:
        cursor.execute(f"{HELD} AND {condition}", values)
        return int(cursor.fetchone()[0])


def is_at_rest(dispatcher: Running) -> bool:
    """It has looked at everything and waits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM tasks_event WHERE seq IS NULL")
        unread = cursor.fetchone()[0]
    state = dispatcher.dispatcher.state
    return state is not None and not (unread or state.has_more or state.tickets)


@contextmanager
def watched(limit: int, condition: str = "true", *values: object) -> Iterator[Callable[[], None]]:
    """Calling what this gives checks that the limit holds at that moment; at the end it must have been reached."""
    seen: list[int] = []

    def look() -> None:
        seen.append(held(condition, *values))
        assert seen[-1] <= limit

    yield look
    assert max(seen) == limit, "work-conserving: what may run does run"


def drain(stand_in: StandIn, jobs: int, look: Callable[[], None]) -> None:
    """Run them all, one end at a time, and look after each step."""
    running = []
    for _ in range(jobs):
        look()
        if not running:
            running += stand_in.claim()
        running += [claim for run in stand_in.rest() for claim in stand_in.claim_of(run)]
        look()
        complete(running.pop(0))
    assert AgentJob.objects.in_state(State.COMPLETED).count() == jobs


def tasks(count: int, **fields: object) -> list[dict[str, object]]:
    return [dict(fields) for _ in range(count)]


def test_a_worker_gets_no_more_than_its_slots(ann: Actor, worker: Callable[..., StandIn], dispatcher: Running) -> None:
    stand_in = worker(slots=3)
    submitted(ann, *(task | {"session": f"s{n}"} for n, task in enumerate(tasks(12))))
    with watched(3) as look:
        wait_for(lambda: held() == 3)
        drain(stand_in, 12, look)


def test_two_workers_share_what_there_is(ann: Actor, worker: Callable[..., StandIn], dispatcher: Running) -> None:
    one, other = worker("one", slots=2), worker("other", slots=3)
    submitted(ann, *(task | {"session": f"s{n}"} for n, task in enumerate(tasks(10))))
    assert len(one.take(2)) + len(other.take(3)) == 5
    wait_for(lambda: is_at_rest(dispatcher))
    assert one.rest() == other.rest() == []


def test_a_session_runs_no_more_than_its_cap(
    ann: Actor, worker: Callable[..., StandIn], dispatcher: Running, settings: LazySettings
) -> None:
    stand_in = worker(slots=20)
    cap = settings.INTERLOCK.workers_per_session
    submitted(ann, *tasks(10))
    with watched(cap) as look:
        wait_for(lambda: held() == cap)
        drain(stand_in, 10, look)


def test_a_sessions_own_cap_comes_before_the_workspaces_before_the_deployments(
    ann: Actor, workspace: Workspace, worker: Callable[..., StandIn], dispatcher: Running
) -> None:
    stand_in = worker(slots=40)
    submitted(ann, *tasks(20, session="one"), *tasks(20, session="two"))
    wait_for(lambda: held() == 6)
    Workspace.objects.filter(pk=workspace.pk).update(max_running_per_session=5)
    wait_for(lambda: held() == 10)
    Session.objects.filter(name="one").update(max_running=8)
    wait_for(lambda: held() == 13)
    assert len(stand_in.take(13)) == 13


def test_a_workspace_runs_no_more_than_its_cap(
    ann: Actor, workspace: Workspace, worker: Callable[..., StandIn], dispatcher: Running
) -> None:
    stand_in = worker(slots=20)
    Workspace.objects.filter(pk=workspace.pk).update(max_running=4)
    other = member(new_workspace(), name="bob")
    submitted(ann, *(task | {"session": f"s{n}"} for n, task in enumerate(tasks(8))))
    submitted(other, *tasks(3))
    wait_for(lambda: held() == 7)
    with watched(4, "workspace_id = %s", workspace.pk) as look:
        drain(stand_in, 11, look)


def test_a_project_runs_no_more_than_its_cap_over_all_its_sessions(
    ann: Actor, workspace: Workspace, worker: Callable[..., StandIn], dispatcher: Running
) -> None:
    stand_in = worker(slots=20)
    project = Project.objects.create(workspace=workspace, slug="site", name="Site", max_running=2)
    submitted(ann, *(task | {"session": f"s{n}", "project": "site"} for n, task in enumerate(tasks(6))))
    submitted(ann, *tasks(2, session="other"))
    wait_for(lambda: held() == 4)
    with watched(2, "project_id = %s", project.pk) as look:
        drain(stand_in, 8, look)


def test_a_projects_cap_can_be_lifted_while_it_holds(
    ann: Actor, workspace: Workspace, worker: Callable[..., StandIn], dispatcher: Running
) -> None:
    worker(slots=20)
    project = Project.objects.create(workspace=workspace, slug="site", name="Site", max_running=1)
    submitted(ann, *(task | {"session": f"s{n}", "project": "site"} for n, task in enumerate(tasks(4))))
    wait_for(lambda: held() == 1)
    Project.objects.filter(pk=project.pk).update(max_running=None)
    wait_for(lambda: held() == 4)


def test_all_together_run_no_more_than_the_global_cap(
    ann: Actor, worker: Callable[..., StandIn], dispatchers: Callable[[], Running], settings: LazySettings
) -> None:
    settings.INTERLOCK = settings.INTERLOCK.model_copy(update={"global_cap": 3})
    stand_in = worker(slots=20)
    dispatchers()
    submitted(ann, *(task | {"session": f"s{n}"} for n, task in enumerate(tasks(9))))
    with watched(3) as look:
        wait_for(lambda: held() == 3)
        drain(stand_in, 9, look)


@pytest.mark.requirement("Q9")
class TestPaused:
    @pytest.fixture
    def stand_in(self, worker: Callable[..., StandIn]) -> StandIn:
        return worker(slots=20)

    def test_a_paused_session_starts_nothing_more_until_it_is_resumed(
        self, ann: Actor, stand_in: StandIn, dispatcher: Running
    ) -> None:
        jobs = submitted(ann, *tasks(6, session="one")).jobs
        running = stand_in.claim(3)
        with tenancy.as_user(ann):
            sessions.pause(ann, jobs[0].session_id, "lunch")
        [other] = submitted(ann, {"session": "two"}).jobs
        complete(*running)  # what ran goes on
        assert jobs_of(stand_in.take(1)) == [other.id]
        wait_for(lambda: is_at_rest(dispatcher))
        assert stand_in.rest() == []
        with tenancy.as_user(ann):
            sessions.resume(ann, jobs[0].session_id)
        assert sorted(jobs_of(stand_in.take(3))) == sorted(job.id for job in jobs[3:])

    @pytest.mark.parametrize("scope", [Workspace, Project], ids=["workspace", "project"])
    def test_a_paused_scope_starts_nothing_more_until_it_is_resumed(
        self, ann: Actor, workspace: Workspace, stand_in: StandIn, dispatcher: Running, scope: type
    ) -> None:
        Project.objects.create(workspace=workspace, slug="site", name="Site")
        submitted(ann, {"project": "site"})
        stand_in.work(1)
        scope.objects.update(paused_at=Now())
        jobs = submitted(ann, *tasks(3, project="site")).jobs
        [other] = submitted(member(new_workspace(), name="bob")).jobs
        assert stand_in.work(1) == [other.id]
        wait_for(lambda: is_at_rest(dispatcher))
        assert stand_in.rest() == []
        scope.objects.update(paused_at=None)
        assert sorted(stand_in.work(3)) == sorted(job.id for job in jobs)

    def test_what_was_paused_before_the_dispatcher_came_stays_so(
        self, ann: Actor, stand_in: StandIn, dispatchers: Callable[[], Running]
    ) -> None:
        jobs = submitted(ann, *tasks(2, session="one")).jobs
        with tenancy.as_user(ann):
            sessions.pause(ann, jobs[0].session_id)
        dispatcher = dispatchers()
        [other] = submitted(ann, {"session": "two"}).jobs
        assert stand_in.work(1) == [other.id]
        wait_for(lambda: is_at_rest(dispatcher))
        assert stand_in.rest() == []


class TestEveryWayOutFreesTheSlot:
    """Whatever ends a job's hold on its slot, the next one gets it."""

    @pytest.mark.parametrize("way", ["complete", "fail", "retry later", "hand back", "stop", "cancel a hand-off"])
    def test_the_slot_is_free_after(
        self, ann: Actor, worker: Callable[..., StandIn], dispatcher: Running, way: str
    ) -> None:
        stand_in = worker(slots=1)
        jobs = submitted(ann, *({"session": f"s{n}"} for n in range(6))).jobs
        for _ in range(4):
            [message] = stand_in.take(1)
            [(job, _)] = message
            if way == "cancel a hand-off":
                with tenancy.as_user(ann):
                    cancel(ann, job)
                assert stand_in.claim_of(message) == []
                continue
            [run] = stand_in.claim_of(message)
            match way:
                case "complete":
                    complete(run)
                case "fail":
                    transitions.fail(run, PERMANENT, "permanent", USAGE)
                case "retry later":
                    transitions.retry_later(run, TRANSIENT, 3600, USAGE)
                case "hand back":
                    transitions.hand_back(run, USAGE, "")
                case "stop":
                    transitions.stop(run, USAGE, "")
        assert len(stand_in.take(1)) == 1
        wait_for(lambda: is_at_rest(dispatcher))
        assert held() == 1
        assert len(jobs) == 6

    def test_a_job_that_left_the_queue_and_came_back_unseen_still_holds_its_new_slot(
        self, ann: Actor, worker: Callable[..., StandIn], stepped: Dispatcher
    ) -> None:
        """It is handed off anew before the events are read that tell of its cancel."""
        first, second = submitted(ann, {"session": "one", "priority": "P0"}, {"session": "two"}).jobs
        step(stepped)
        with tenancy.as_user(ann):
            cancel(ann, first.id)
        with tenancy.as_user(ann):
            retry(ann, first.id)
        stand_in = worker(slots=1)
        step(stepped)
        assert row(first).handed_to == stand_in.id
        for _ in range(3):
            step(stepped)
        assert (row(second).handed_to, held()) == ("", 1)


def step(dispatcher: Dispatcher) -> None:
    """One round of its loop, after a wait that was long enough to look at the time as well."""
    dispatcher.bell.wait(0)
    dispatcher._renew_at = 0
    dispatcher._step()
