"""Any sequence of changes: what starts is what the law says, and a scheduler loaded again agrees."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tasks.scheduling import changes
from tasks.scheduling.core import Scheduler
from tasks.scheduling.reasons import Code
from tasks.scheduling.values import (
    Clocks,
    Heads,
    Needs,
    Platform,
    ProjectState,
    SessionState,
    Waiting,
    Worker,
    WorkspaceState,
)
from tests.tasks.scheduling.world import POLICY, STEP, World, drain, ids, make_id, refill

WORKSPACES = [make_id(1, number) for number in range(3)]
PROJECTS = [make_id(4, number) for number in range(2)]
NEEDS = [
    Needs(),
    Needs(frozenset({"docker"})),
    Needs(memory_mb=2),
    Needs(frozenset({"docker"}), memory_mb=3),
    Needs(frozenset({"local"})),
    Needs(frozenset({"gpu"})),
]
WHOLE = 1000
"""A window that holds everything: with a smaller one, when it runs dry depends on when it was read."""
caps = st.sampled_from([None, None, None, 0, 1, 2, 3, 5])
weights = st.sampled_from([0.5, 1.0, 1.0, 2.0, 3.7])
costs = st.sampled_from([0.0, 0.0004, 0.5, 1.0, 1.0, 3.0, 40.0])
rarely = st.sampled_from([False] * 7 + [True])
seldom = st.sampled_from([None, None, None, None, None, 1.0, 2.0, 3.0])


def lines(clocks: Clocks) -> list[str]:
    return [str(clocks.platform), *map(str, clocks.workspaces.items()), *map(str, clocks.sessions.items())]


class Queue(RuleBasedStateMachine):
    """The scheduler is told every change; the world holds everything and says what ought to happen."""

    @initialize(
        window=st.sampled_from([1, 2, 4, WHOLE, WHOLE]),
        show_delayed=st.booleans(),
        slots=st.lists(st.integers(1, 4), min_size=1, max_size=3),
        sessions=st.lists(st.tuples(st.sampled_from(WORKSPACES[:2]), weights), min_size=2, max_size=5),
    )
    def begin(self, window: int, show_delayed: bool, slots: list[int], sessions: list[tuple[UUID, float]]) -> None:
        self.world = World(window=window, show_delayed=show_delayed)
        for number, id in enumerate(WORKSPACES):
            self.world.workspaces[id] = WorkspaceState(id, f"workspace-{number}")
        for number, count in enumerate(slots):
            self.world.workers[f"w{number}"] = Worker(f"w{number}", count)
        self.saved = Clocks(0, {}, {})
        self.scheduler = Scheduler.load(self.world.snapshot(self.saved), POLICY, self.world.now)
        self.serial = 0
        for workspace, weight in sessions:
            self.open_session(workspace, weight, None)

    def tell(self, change: changes.Change) -> None:
        self.scheduler.apply(change)

    def show(self, session: UUID) -> None:
        self.tell(changes.SessionHeads(session, self.world.heads(session)))

    # What waits

    @rule(
        workspace=st.sampled_from(WORKSPACES[:2]),
        weight=weights,
        cap=caps,
    )
    @precondition(lambda self: len(self.world.sessions) < 6)
    def open_session(self, workspace: UUID, weight: float, cap: int | None) -> None:
        number = len(self.world.sessions)
        state = SessionState(make_id(2, number), workspace, f"session-{number}", weight, cap)
        self.world.sessions[state.id] = state
        self.tell(changes.SessionChanged(state))

    @rule(
        data=st.data(),
        jobs=st.lists(
            st.fixed_dictionaries(
                {
                    "priority": st.sampled_from([2, 2, 2, 0, 1, 3, 4]),
                    "needs": st.sampled_from([NEEDS[0]] * 4 + NEEDS),
                    "cost": costs,
                    "in_project": st.booleans(),
                    "override": seldom,
                    "pinned": seldom,
                    "inherited": st.sampled_from([None, None, None, None, 0, 1, 3]),
                    "rank": seldom,
                    "kind": st.sampled_from(["plan:echo", "plan:echo", "llm"]),
                    "joins_runs": st.sampled_from([True, True, False]),
                    "delay": st.sampled_from([None, None, None, None, 5.0, 30.0]),
                }
            ),
            min_size=1,
            max_size=12,
        ),
    )
    @precondition(lambda self: self.world.sessions)
    def submit(self, data: st.DataObject, jobs: list[dict[str, Any]]) -> None:
        session = data.draw(st.sampled_from(sorted(self.world.sessions)))
        for job in jobs:
            self.serial += 1
            delay, rank, in_project = job.pop("delay"), job.pop("rank"), job.pop("in_project")
            workspace = self.world.sessions[session].workspace
            waiting = Waiting(
                make_id(3, self.serial),
                workspace,
                session,
                PROJECTS[WORKSPACES.index(workspace)] if in_project else None,
                rank=self.world.now + STEP * job["priority"] if rank is None else rank,
                queued_at=self.world.now,
                available_at=None if delay is None else self.world.now + delay,
                **job,
            )
            self.world.waiting[waiting.id] = waiting
        self.show(session)

    @rule(data=st.data())
    @precondition(lambda self: self.world.waiting)
    def cancel(self, data: st.DataObject) -> None:
        id = data.draw(st.sampled_from(sorted(self.world.waiting)))
        job = self.world.waiting.pop(id)
        window = self.scheduler.snapshot().heads.get(job.session, Heads())
        self.tell(changes.Gone(id))
        if job not in window.waiting:  # of this only the database knows
            self.show(job.session)

    @rule(data=st.data())
    @precondition(lambda self: self.world.sessions)
    def read_again_for_nothing(self, data: st.DataObject) -> None:
        self.show(data.draw(st.sampled_from(sorted(self.world.sessions))))

    # What runs

    @rule(data=st.data(), cost=costs)
    @precondition(lambda self: self.world.running)
    def finish(self, data: st.DataObject, cost: float) -> None:
        id = data.draw(st.sampled_from(sorted(self.world.running)))
        del self.world.running[id]
        self.tell(changes.Finished(id, cost))

    @rule()
    @precondition(lambda self: self.world.running)
    def finish_all(self) -> None:
        for id in sorted(self.world.running):
            cost = self.world.running.pop(id).cost
            self.tell(changes.Finished(id, cost))

    @rule(data=st.data(), cost=costs, delay=st.sampled_from([None, 7.0]))
    @precondition(lambda self: self.world.running)
    def hand_back(self, data: st.DataObject, cost: float, delay: float | None) -> None:
        running = self.world.running.pop(data.draw(st.sampled_from(sorted(self.world.running))))
        self.world.waiting[running.id] = Waiting(
            running.id,
            running.workspace,
            running.session,
            running.project,
            rank=self.world.now,
            queued_at=self.world.now,
            available_at=None if delay is None else self.world.now + delay,
            needs=running.needs,
        )
        self.tell(changes.Returned(running.id, cost))
        assert running.session in self.scheduler.wanted()

    # Limits

    @rule(data=st.data(), cap=caps, paused=rarely, weight=weights)
    def change_limits(self, data: st.DataObject, cap: int | None, paused: bool, weight: float) -> None:
        world = self.world
        ids = [None, *WORKSPACES, *PROJECTS, *sorted(world.sessions)]
        id = data.draw(st.sampled_from(ids))
        if id is None:
            world.platform = Platform(cap, paused)
            self.tell(changes.PlatformChanged(world.platform))
        elif id in world.workspaces:
            world.workspaces[id] = replace(world.workspaces[id], weight=weight, cap=cap, paused=paused)
            self.tell(changes.WorkspaceChanged(world.workspaces[id]))
        elif id in world.sessions:
            world.sessions[id] = replace(world.sessions[id], weight=weight, cap=cap, paused=paused)
            self.tell(changes.SessionChanged(world.sessions[id]))
        else:
            number = PROJECTS.index(id)
            world.projects[id] = ProjectState(id, WORKSPACES[number], f"project-{number}", cap, paused)
            self.tell(changes.ProjectChanged(world.projects[id]))

    @rule(
        number=st.integers(0, 3),
        slots=st.sampled_from([0, 1, 2, 3, 5]),
        cap=st.sampled_from([None, None, 1]),
        capabilities=st.sampled_from([frozenset[str](), frozenset({"docker"}), frozenset({"docker", "gpu"})]),
        memory_mb=st.sampled_from([None, 4]),
        accepting=st.sampled_from([True, True, True, False]),
        local=st.booleans(),
    )
    def change_worker(self, number: int, **state: Any) -> None:
        worker = Worker(f"w{number}", **state)
        self.world.workers[worker.id] = worker
        self.tell(changes.WorkerChanged(worker))

    @rule(data=st.data())
    @precondition(lambda self: self.world.workers)
    def lose_worker(self, data: st.DataObject) -> None:
        id = data.draw(st.sampled_from(sorted(self.world.workers)))
        del self.world.workers[id]
        self.tell(changes.WorkerGone(id))

    # Time and starts

    @rule(seconds=st.sampled_from([1.0, 10.0, STEP, 3.3 * STEP]))
    def pass_time(self, seconds: float) -> None:
        self.world.now += seconds

    @rule()
    @precondition(lambda self: self.world.waiting)
    def sleep_until_something_is_due(self) -> None:
        """Before that, nothing starts that would not start now."""
        self.start_all()
        at = self.scheduler.next_event_at(self.world.now)
        if at is None:
            self.world.now += 10 * STEP
            assert self.world.expected(self.scheduler.clocks()) is None
        else:
            assert at > self.world.now
            self.world.now = (self.world.now + at) / 2
            assert self.world.expected(self.scheduler.clocks()) is None
            self.world.now = at

    @rule()
    @precondition(lambda self: self.world.waiting)
    def start_one(self) -> None:
        self.scheduler.next_event_at(self.world.now)  # lets what is due happen
        refill(self.scheduler, self.world)
        self.start_as_expected()

    @rule()
    @precondition(lambda self: self.world.waiting)
    def start_all(self) -> None:
        """Until nothing may start: that is what work-conserving means."""
        self.scheduler.next_event_at(self.world.now)
        refill(self.scheduler, self.world)
        others = {"a copy": self.scheduler.copy()}
        if self.world.window == WHOLE:
            snapshot = self.world.snapshot(self.saved_clocks())
            others["one loaded again"] = Scheduler.load(snapshot, POLICY, self.world.now)
        worlds = {name: self.world.copy() for name in others}
        starts = []
        while (start := self.start_as_expected()) is not None:
            starts.append(start)
            refill(self.scheduler, self.world)
        for name, other in others.items():
            assert ids(drain(other, worlds[name])) == starts, f"{name} decides the same"
            assert lines(other.clocks()) == lines(self.scheduler.clocks()), f"{name} has the same clocks"

    @rule(most=st.integers(1, 5))
    @precondition(lambda self: self.world.waiting)
    def start_a_run(self, most: int) -> None:
        """Behind one that starts go those that may share its slot."""
        self.scheduler.next_event_at(self.world.now)
        refill(self.scheduler, self.world)
        first = self.world.expected(self.scheduler.clocks())
        if first is None or self.start_as_expected() is None:
            return
        window = self.scheduler.snapshot().heads.get(first.session, Heads()).waiting
        expected = self.world.going_along(first, window)[:most]
        assert self.scheduler.take_along(first, most) == expected
        for job in expected:
            del self.world.waiting[job.id]

    def start_as_expected(self) -> tuple[UUID, str] | None:
        expected = self.world.expected(self.scheduler.clocks())
        worker = None if expected is None else self.world.worker_for(expected.needs)
        broken = self.world.broken_caps()
        start = self.scheduler.next(self.world.now)
        if start is None:
            assert expected is None, "something could start"
            return None
        assert start.job == expected, f"{start.job} started and not {expected}"
        assert start.worker == worker
        self.world.began(start)
        assert set(self.world.broken_caps()) <= set(broken), "no start goes beyond a cap"
        return start.job.id, start.worker

    @rule(rounds=st.lists(st.tuples(costs, st.integers(1, 4)), min_size=1, max_size=8))
    @precondition(lambda self: self.world.waiting)
    def work_for_a_while(self, rounds: list[tuple[float, int]]) -> None:
        """Some of what runs ends, and what may start does."""
        for cost, every in rounds:
            self.start_all()
            for id in sorted(self.world.running)[::every]:
                del self.world.running[id]
                self.tell(changes.Finished(id, cost))

    @rule()
    def lift_all_limits(self) -> None:
        world = self.world
        world.platform = Platform()
        self.tell(changes.PlatformChanged(world.platform))
        for id, workspace in world.workspaces.items():
            world.workspaces[id] = replace(workspace, cap=None, paused=False)
            self.tell(changes.WorkspaceChanged(world.workspaces[id]))
        for id, session in world.sessions.items():
            world.sessions[id] = replace(session, cap=None, paused=False)
            self.tell(changes.SessionChanged(world.sessions[id]))
        for id, project in world.projects.items():
            world.projects[id] = replace(project, cap=None, paused=False)
            self.tell(changes.ProjectChanged(world.projects[id]))

    # What is always true

    def saved_clocks(self) -> Clocks:
        changed = self.scheduler.changed_clocks()
        self.saved = Clocks(
            changed.platform,
            {**self.saved.workspaces, **changed.workspaces},
            {**self.saved.sessions, **changed.sessions},
        )
        return self.saved

    @invariant()
    def the_clocks_that_changed_are_all_that_changed(self) -> None:
        saved, all_clocks = self.saved_clocks(), self.scheduler.clocks()
        assert saved.platform == all_clocks.platform
        for id, workspace in all_clocks.workspaces.items():
            assert saved.workspaces.get(id, type(workspace)()) == workspace
        for id, session in all_clocks.sessions.items():
            assert saved.sessions.get(id, type(session)()) == session

    @invariant()
    def every_waiting_job_has_a_reason(self) -> None:
        for job in list(self.world.waiting.values())[:5]:
            reason = self.scheduler.why(job, self.world.now)
            assert reason.sentence
            if reason.code != Code.ITS_TURN:
                assert not self.world.may_start(job), f"{job} could start, yet {reason}"
            else:
                assert self.world.may_start(job), f"{job} could not start, yet {reason}"


TestQueue = pytest.mark.requirement("Q2")(pytest.mark.requirement("Q3")(pytest.mark.requirement("Q6")(Queue.TestCase)))
TestQueue.settings = settings(max_examples=100, stateful_step_count=50, report_multiple_bugs=False)
