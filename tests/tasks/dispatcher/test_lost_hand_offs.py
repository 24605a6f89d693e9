"""Messages and workers get lost; jobs do not. And Redis may go away and come back empty."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import redis

from agents.actor import Actor
from config.embedded.redis import Redis
from tasks.models import AgentJob, Event
from tasks.states import State
from tests.committing import commits
from tests.tasks.desk import complete, kinds, let_hand_off_run_out, let_lease_run_out, row
from tests.tasks.dispatcher.conftest import Running
from tests.tasks.dispatcher.stand_in import StandIn, jobs_of
from tests.tasks.parties import wait_for
from tests.tasks.people import submitted

pytestmark = [pytest.mark.requirement("Q12"), commits]


def test_a_hand_off_that_ran_out_is_made_again(ann: Actor, worker: Callable[..., StandIn], dispatcher: Running) -> None:
    stand_in = worker(slots=1)
    [job] = submitted(ann).jobs
    [lost] = stand_in.take(1)
    wait_for(lambda: row(job).handed_to, "nobody took it, so it is written into the row")
    let_hand_off_run_out(job)
    [again] = stand_in.take(1)
    assert (again[0][0], again[0][1] > lost[0][1]) == (job.id, True)
    assert stand_in.claim_of(lost) == []
    assert len(stand_in.claim_of(again)) == 1
    assert kinds(job) == ["TaskEnqueued", "TaskStarted"]


def test_all_messages_lost_at_once_come_again(
    ann: Actor, worker: Callable[..., StandIn], dispatcher: Running, broker: redis.Redis
) -> None:
    stand_in = worker(slots=3)
    jobs = submitted(ann, *({"session": f"s{n}"} for n in range(6))).jobs
    wait_for(lambda: AgentJob.objects.exclude(handed_to="").count() == 3)
    broker.flushall()
    let_hand_off_run_out(*jobs)
    assert sorted(stand_in.work(6)) == sorted(job.id for job in jobs)
    assert {row(job).attempt for job in jobs} == {1}


def test_what_was_handed_to_a_worker_that_stops_goes_to_another(
    ann: Actor, worker: Callable[..., StandIn], dispatcher: Running
) -> None:
    leaving = worker("leaving", slots=2)
    jobs = submitted(ann, {"session": "one"}, {"session": "two"}).jobs
    lost = leaving.take(2)
    leaving.stop()
    staying = worker("staying", slots=4)
    assert sorted(staying.work(2)) == sorted(job.id for job in jobs)
    assert all(leaving.claim_of(run) == [] for run in lost)


def test_a_worker_that_stops_gets_nothing_more(ann: Actor, worker: Callable[..., StandIn], dispatcher: Running) -> None:
    leaving, staying = worker("leaving", slots=4), worker("staying", slots=4)
    leaving.stop()
    submitted(ann)  # one that may still be on its way to it comes back
    staying.work(1)
    submitted(ann, *({"session": f"s{n}"} for n in range(4)))
    staying.work(4)
    assert leaving.rest() == []


@pytest.mark.requirement("W2")
class TestSilentWorkers:
    def test_one_that_fell_silent_is_stopped_and_its_jobs_run_elsewhere(
        self, ann: Actor, worker: Callable[..., StandIn], dispatcher: Running
    ) -> None:
        silent = worker("silent", slots=2)
        submitted(ann, {"session": "one"}, {"session": "two"})
        [running], _handed = silent.claim(1), silent.take(1)
        silent.fall_silent()
        let_lease_run_out(running)
        other = worker("other", slots=4)
        assert len(other.work(2)) == 2
        assert wait_for(lambda: silent.row.stopped_at)
        assert Event.objects.filter(kind="WorkerStopped", worker=silent.id, actor="dispatcher").count() == 1
        assert complete(running) == 0

    def test_one_that_is_heard_again_works_again(
        self, ann: Actor, worker: Callable[..., StandIn], dispatcher: Running
    ) -> None:
        stand_in = worker(slots=2)
        stand_in.fall_silent()
        wait_for(lambda: stand_in.row.stopped_at)
        stand_in.beat()
        submitted(ann)
        assert len(stand_in.work(1)) == 1
        assert list(Event.objects.filter(worker=stand_in.id, job_id=None).order_by("id").values_list("kind", flat=True)) == [
            "WorkerStarted", "WorkerStopped", "WorkerStarted",
        ]  # fmt: skip

    def test_jobs_wait_while_there_is_no_worker(
        self, ann: Actor, worker: Callable[..., StandIn], dispatcher: Running
    ) -> None:
        [job] = submitted(ann).jobs
        wait_for(lambda: not Event.objects.filter(seq=None).exists())
        assert (row(job).state, row(job).handed_to) == (State.QUEUED, "")
        assert worker().work(1) == [job.id]


class TestRedisAway:
    @pytest.fixture(autouse=True)
    def brought_back(self, redis_server: Redis) -> object:
        yield
        if redis_server.process is None:
            redis_server.start()

    def test_jobs_stay_queued_and_go_on_when_it_is_back(
        self, ann: Actor, worker: Callable[..., StandIn], dispatcher: Running, redis_server: Redis
    ) -> None:
        stand_in = worker(slots=2)
        submitted(ann)
        stand_in.work(1)
        redis_server.stop()
        jobs = submitted(ann, *({"session": f"s{n}"} for n in range(4))).jobs
        wait_for(lambda: {row(job).epoch > 0 for job in jobs} == {True, False}, "hand-offs that could not be sent")
        wait_for(lambda: not AgentJob.objects.exclude(handed_to="").exists(), "their recall")
        assert {row(job).state for job in jobs} == {State.QUEUED}
        redis_server.start()
        assert sorted(stand_in.work(4)) == sorted(job.id for job in jobs)
        assert {row(job).attempt for job in jobs} == {1}
        assert all("TaskHandedBack" not in kinds(job) for job in jobs)

    def test_it_comes_back_empty_with_messages_on_their_way(
        self, ann: Actor, worker: Callable[..., StandIn], dispatcher: Running, redis_server: Redis
    ) -> None:
        stand_in = worker(slots=2)
        jobs = submitted(ann, {"session": "one"}, {"session": "two"}).jobs
        wait_for(lambda: AgentJob.objects.exclude(handed_to="").count() == 2)
        redis_server.stop()
        redis_server.start()
        let_hand_off_run_out(*jobs)
        assert sorted(stand_in.work(2)) == sorted(job.id for job in jobs)

    def test_what_ends_meanwhile_is_learned(
        self, ann: Actor, worker: Callable[..., StandIn], dispatcher: Running, redis_server: Redis
    ) -> None:
        """Events go through Postgres, so dependants are ready when Redis is back."""
        stand_in = worker(slots=2)
        first, second = submitted(ann, {"key": "a"}, {"depends_on": ["a"]}).jobs
        [running] = stand_in.claim()
        redis_server.stop()
        complete(running)
        wait_for(lambda: row(second).state == State.QUEUED)
        redis_server.start()
        assert stand_in.work(1) == [second.id]
        assert jobs_of(stand_in.rest()) == []
        assert row(first).state == State.COMPLETED
