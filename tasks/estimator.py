"""The estimator: every second or two it foresees when each queued job starts, and measures how true that was.

A process of its own beside the dispatcher, so that nobody waits for it. It works while its dispatcher leads, for a
quarter of the time at most (more only where a round takes so long that the last forecast would be forgotten): where it
has to wait for a core or for the database, it takes less of them. What it finds is in `Forecast`, `WorkKind` and
`Coverage`; losing it loses nothing.
"""

from __future__ import annotations

import logging
import math
import multiprocessing
import os
import signal
import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from django.db import DatabaseError, InterfaceError, connection, connections

from agents import garbage
from agents.arrays import array
from tasks.dispatcher.leadership import NAME
from tasks.estimates import FRESH_SECONDS
from tasks.scheduling.estimate import World, foresee, read_measured, read_world
from tasks.scheduling.forward import Foreseen, Forward
from tasks.scheduling.measured import Measured
from tasks.scheduling.snapshot import read_now

log = logging.getLogger(__name__)

EVERY_SECONDS = 2.0
LONGEST_PAUSE = FRESH_SECONDS / 2  # the next forecast comes while the last one is believed
END_SECONDS = 3.0
SHARE = 0.25  # of the time, in which it works
BEHIND_OTHERS = 10  # a forecast may be late; work may not be late for it
SAMPLES = 200  # durations that are kept of each kind
MOST_ENDS = 5000  # that are learnt from in one round
LATE_COMMITS = 5.0  # seconds that a transaction may take from the time in its row to its commit
CERTAIN_SECONDS = 0.05  # nothing is foreseen closer than this
CERTAIN_SHARE = 0.05
STEP = 0.1  # by which one outcome changes the spread, as a share
SPREADS = (0.1, 10.0)

Kind = tuple[UUID, str]


@dataclass(frozen=True)
class Promise:
    """What was foreseen of a job first, in epoch seconds of the database."""

    workspace: UUID
    p50: float
    p90: float


@dataclass
class Estimator:
    measured: dict[Kind, Measured] = field(default_factory=dict)
    durations: dict[Kind, deque[float]] = field(default_factory=dict)
    promises: dict[UUID, Promise] = field(default_factory=dict)
    spread: float = 1.0
    _learnt_until: float | None = None
    _learnt: dict[UUID, float] = field(default_factory=dict)

    def refresh(self) -> None:
        """One round."""
        now = read_now()
        self._learn(now)
        world = read_world()
        forward = foresee(world, self._of, now)
        _save_forecasts(world, forward, self, now)
        self._keep_promises(world, forward, now)

    def p90(self, foreseen: Foreseen) -> float:
        """With the spread that was measured, and never as if nothing were uncertain."""
        known = foreseen.variance + CERTAIN_SECONDS**2 + (CERTAIN_SHARE * foreseen.seconds) ** 2
        return Foreseen(foreseen.seconds, known).p90(self.spread)

    def _of(self, workspace: UUID, kind: str) -> Measured:
        return self.measured.get((workspace, kind)) or NOTHING

    # What work takes

    def _learn(self, now: float) -> None:
        """From what ended since the last round; the first time, what an earlier estimator knew, and of what it did not
        know what ended lately."""
        learnt_before: set[Kind] = set()
        if self._learnt_until is None:
            self.measured = read_measured()
            learnt_before = set(self.measured)
            self.durations = {of: deque(known.samples, SAMPLES) for of, known in self.measured.items()}
            self._learnt_until = now
        fresh: dict[Kind, list[float]] = defaultdict(list)
        for job, workspace, kind, seconds, at in _ends(self._learnt_until - LATE_COMMITS):
            if job not in self._learnt:
                self._learnt[job] = at
                if (workspace, kind) not in learnt_before:
                    fresh[workspace, kind].append(seconds)
        self._learnt_until = now
        self._learnt = {job: at for job, at in self._learnt.items() if at > now - 2 * LATE_COMMITS}
        for of, seconds_of in fresh.items():
            last = self.durations.setdefault(of, deque(maxlen=SAMPLES))
            last.extend(seconds_of)
            self.measured[of] = Measured(last, self._of(*of).finished + len(seconds_of))
        if fresh:
            _save_measured({of: (list(self.durations[of]), self.measured[of].finished) for of in fresh})

    # How true it was

    def _keep_promises(self, world: World, forward: Forward, now: float) -> None:
        waiting = {job.id: job.workspace for job in world.waiting}
        self._judge({job: promise for job, promise in self.promises.items() if job not in waiting})
        for job, foreseen in forward.starts.items():
            if job in waiting and job not in self.promises:
                self.promises[job] = Promise(waiting[job], now + foreseen.seconds, now + self.p90(foreseen))

    def _judge(self, gone: Mapping[UUID, Promise]) -> None:
        """Count those that started, by whether it was in time, and forget them and what was cancelled."""
        counts: dict[UUID, list[int]] = defaultdict(lambda: [0, 0, 0])
        for job, started in _left_the_queue(list(gone)):
            promise = self.promises.pop(job)
            if started is None:
                continue
            late = started > promise.p90
            low, high = SPREADS
            self.spread = min(high, max(low, self.spread * math.exp(STEP * (late - 0.1))))
            of = counts[promise.workspace]
            of[0] += 1
            of[1] += started <= promise.p50
            of[2] += not late
        if counts:
            _save_coverage(counts)


NOTHING = Measured()


def _leads(holder: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM tasks_leader WHERE name = %s AND holder = %s AND until > clock_timestamp())",
            [NAME, holder],
        )
        return bool(cursor.fetchone()[0])


def _ends(since: float) -> list[tuple[UUID, UUID, str, float, float]]:
    """Jobs that ended by themselves: id, workspace, kind, seconds of their last attempt, when."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT job.id, job.workspace_id, job.kind, attempt.cost, extract(epoch FROM job.completed_at)::float
            FROM tasks_agentjob job
            JOIN tasks_attempt attempt ON attempt.job_id = job.id AND attempt.number = job.attempt
            WHERE job.completed_at > to_timestamp(%s) AND job.state IN ('completed', 'failed')
            ORDER BY job.completed_at LIMIT %s
            """,
            [since, MOST_ENDS],
        )
        return cursor.fetchall()


def _left_the_queue(jobs: list[UUID]) -> list[tuple[UUID, float | None]]:
    """Which of these are not on their way to a worker, and when they started, if this was their first start."""
    if not jobs:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT asked.id, CASE WHEN job.attempt = 1 THEN extract(epoch FROM job.started_at)::float END
            FROM unnest(%s::uuid[]) AS asked (id) LEFT JOIN tasks_agentjob job USING (id)
            WHERE job.state IS DISTINCT FROM 'queued' OR job.attempt > 0
            """,
            [jobs],
        )
        return cursor.fetchall()


def _save_measured(kinds: Mapping[Kind, tuple[list[float], int]]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            """
            INSERT INTO tasks_workkind (id, workspace_id, kind, finished, samples, updated_at)
            VALUES (gen_random_uuid(), %s, %s, %s, %s, clock_timestamp())
            ON CONFLICT (workspace_id, kind) DO UPDATE
            SET finished = excluded.finished, samples = excluded.samples, updated_at = excluded.updated_at
            """,
            [(workspace, kind, finished, last) for (workspace, kind), (last, finished) in kinds.items()],
        )


def _save_forecasts(world: World, forward: Forward, estimator: Estimator, now: float) -> None:
    """One row a workspace that has anything queued; the rows of the others go."""
    columns: dict[UUID, tuple[list[UUID], list[float], list[float], list[int]]] = {}
    for job in world.waiting:
        foreseen = forward.starts.get(job.id)
        if foreseen is not None:
            jobs, p50, p90, finished = columns.setdefault(job.workspace, ([], [], [], []))
            jobs.append(job.id)
            p50.append(round(foreseen.seconds, 3))
            p90.append(round(estimator.p90(foreseen), 3))
            finished.append(estimator._of(job.workspace, job.kind).finished)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM tasks_forecast WHERE workspace_id <> ALL(%s)", [list(columns)])
        for workspace, (jobs, p50, p90, finished) in columns.items():
            cursor.execute(
                """
                INSERT INTO tasks_forecast (id, workspace_id, made_at, jobs, p50, p90, finished)
                VALUES (gen_random_uuid(), %s, to_timestamp(%s), %s::uuid[], %s::float[], %s::float[], %s::int[])
                ON CONFLICT (workspace_id) DO UPDATE
                SET made_at = excluded.made_at, jobs = excluded.jobs, p50 = excluded.p50, p90 = excluded.p90,
                    finished = excluded.finished
                """,
                [workspace, now, array(jobs), array(p50), array(p90), array(finished)],
            )


def _save_coverage(counts: Mapping[UUID, list[int]]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            """
            INSERT INTO tasks_coverage AS known (id, workspace_id, hour, foreseen, before_p50, before_p90)
            VALUES (gen_random_uuid(), %s, date_trunc('hour', clock_timestamp()), %s, %s, %s)
            ON CONFLICT (workspace_id, hour) DO UPDATE
            SET foreseen = known.foreseen + excluded.foreseen, before_p50 = known.before_p50 + excluded.before_p50,
                before_p90 = known.before_p90 + excluded.before_p90
            """,
            [(workspace, *numbers) for workspace, numbers in counts.items()],
        )


@contextmanager
def beside(holder: str) -> Iterator[None]:
    """An estimator process while the block runs; it works while this holder leads."""
    process = multiprocessing.get_context("fork").Process(
        target=run, args=[holder, os.getpid()], name="estimator", daemon=True
    )
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join(END_SECONDS)
        process.kill()


def pause_after(seconds: float) -> float:
    """How long it rests after a round of so many seconds."""
    return min(LONGEST_PAUSE, max(EVERY_SECONDS, seconds / SHARE) - seconds)


def _go_behind_others() -> None:
    """Linux weighs `nice` only among the processes of one session where it groups them by session, and the workers and
    Postgres are in others: so it gets a session of its own, and that goes behind as a whole. Source: sched(7)."""
    os.nice(BEHIND_OTHERS)
    os.setsid()
    with suppress(OSError):  # no such grouping here
        Path("/proc/self/autogroup").write_text(str(BEHIND_OTHERS))


def run(holder: str, parent: int) -> None:
    """Until TERM, or until the parent is gone."""
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda number, frame: stopping.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    connections.close_all()  # what was open is the parent's
    _go_behind_others()
    garbage.settle()
    estimator, pause = Estimator(), EVERY_SECONDS
    while not stopping.wait(pause) and os.getppid() == parent:
        try:
            pause, began = EVERY_SECONDS, time.monotonic()
            if _leads(holder):
                estimator.refresh()
                pause = pause_after(time.monotonic() - began)
            else:
                estimator = Estimator()
        except (DatabaseError, InterfaceError) as error:
            log.warning("No forecast this time, the database did not answer: %s", str(error).strip().splitlines()[0])
            connection.close()
