"""How fast the scheduler core decides, and what fairness does to waits.

    python benchmarks/scheduler_core.py

Prints starts per second for several shapes of backlog, the cost of load and copy, and a simulation of fifty
workers with fairness off (one session for all, so first come, first served) and on.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from heapq import heappop, heappush
from pathlib import Path
from random import Random
from statistics import mean, quantiles
from time import process_time
from uuid import UUID

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tasks.scheduling.changes import Finished, SessionHeads
from tasks.scheduling.core import Scheduler
from tasks.scheduling.values import (
    Heads,
    SessionState,
    Snapshot,
    Start,
    Waiting,
    Worker,
    WorkspaceState,
)

STEP = 900.0


def id_of(kind: int, number: int) -> UUID:
    return UUID(int=(kind << 64) + number)


def job(
    number: int, workspace: UUID, session: UUID, *, at: float = 0.0, priority: int = 2, cost: float = 1.0
) -> Waiting:
    return Waiting(
        id_of(3, number), workspace, session, priority=priority, rank=at + STEP * priority, queued_at=at, cost=cost
    )


def backlog(*, workspaces: int, sessions: int, jobs: int, workers: int, slots: int) -> Snapshot:
    """sessions and jobs in all, dealt out evenly, with mixed priorities."""
    random = Random(1)
    spaces = [WorkspaceState(id_of(1, number), f"workspace-{number}") for number in range(workspaces)]
    talks = [
        SessionState(id_of(2, number), spaces[number % workspaces].id, f"session-{number}", cap=None)
        for number in range(sessions)
    ]
    waiting: dict[UUID, list[Waiting]] = {session.id: [] for session in talks}
    for number in range(jobs):
        session = talks[number % sessions]
        priority = random.choice((1, 2, 2, 2, 3))
        waiting[session.id].append(job(number, session.workspace, session.id, at=number / 100, priority=priority))
    return Snapshot(
        workspaces=spaces,
        sessions=talks,
        workers=[Worker(f"worker-{number}", slots) for number in range(workers)],
        heads={id: Heads(sorted(jobs, key=lambda job: job.rank)) for id, jobs in waiting.items()},
    )


def speed() -> None:
    print(f"{'backlog':<58}{'load':>9}{'copy':>9}{'starts/s':>11}{'start+finish/s':>16}")
    shapes = [
        ("1 workspace, 10 sessions, 10,000 jobs, 2 workers", 1, 10, 10_000, 2),
        ("10 workspaces, 1,000 sessions, 10,000 jobs, 50 workers", 10, 1_000, 10_000, 50),
        ("10 workspaces, 10,000 sessions, 20,000 jobs, 50 workers", 10, 10_000, 20_000, 50),
        ("1,000 workspaces, 10,000 sessions, 20,000 jobs, 50 workers", 1_000, 10_000, 20_000, 50),
    ]
    for name, workspaces, sessions, jobs, workers in shapes:
        snapshot = backlog(workspaces=workspaces, sessions=sessions, jobs=jobs, workers=workers, slots=10)
        began = process_time()
        scheduler = Scheduler.load(snapshot, now=0.0)
        load = process_time() - began
        began = process_time()
        scheduler.copy()
        copy = process_time() - began
        plenty = replace(snapshot, workers=[replace(worker, slots=jobs) for worker in snapshot.workers])
        starts = sum(1 for _ in all_starts(Scheduler.load(plenty, now=0.0)))
        scheduler_for_starts = Scheduler.load(plenty, now=0.0)
        began = process_time()
        for _ in all_starts(scheduler_for_starts):
            pass
        only_starts = starts / (process_time() - began)
        began = process_time()
        run_forward(scheduler)
        both = jobs / (process_time() - began)
        print(f"{name:<58}{load * 1000:>6.0f} ms{copy * 1000:>6.0f} ms{only_starts:>11,.0f}{both:>16,.0f}")


def all_starts(scheduler: Scheduler) -> Iterator[Start]:
    while (start := scheduler.next(0.0)) is not None:
        yield start


def run_forward(scheduler: Scheduler, arrivals: Iterable[tuple[float, Waiting]] = ()) -> list[tuple[float, Waiting]]:
    """Run to the end in simulated time; when each job started."""
    coming = sorted(arrivals, key=lambda arrival: arrival[0], reverse=True)
    queued: dict[UUID, dict[UUID, Waiting]] = defaultdict(dict)
    ends: list[tuple[float, int, Start]] = []
    started: list[tuple[float, Waiting]] = []
    now = 0.0
    while True:
        changed = set()
        while coming and coming[-1][0] <= now:
            arrived = coming.pop()[1]
            queued[arrived.session][arrived.id] = arrived
            changed.add(arrived.session)
        for session in changed:
            heads = sorted(queued[session].values(), key=lambda waiting: (waiting.rank, waiting.id))
            scheduler.apply(SessionHeads(session, Heads(heads)))
        while (start := scheduler.next(now)) is not None:
            queued[start.job.session].pop(start.job.id, None)
            started.append((now, start.job))
            heappush(ends, (now + start.job.cost, len(started), start))
        following = [
            time for time in (ends[0][0] if ends else None, coming[-1][0] if coming else None) if time is not None
        ]
        if not following:
            return started
        now = min(following)
        while ends and ends[0][0] <= now:
            _, _, start = heappop(ends)
            scheduler.apply(Finished(start.job.id, start.job.cost))


def waits() -> None:
    """Fifty workers of one slot; one session floods 5,000 jobs, nine others send one now and then."""
    random = Random(7)
    workspace = WorkspaceState(id_of(1, 0), "acme")
    names = ["flood", *(f"small-{number}" for number in range(1, 10))]
    talks = [SessionState(id_of(2, number), workspace.id, name, cap=None) for number, name in enumerate(names)]
    arrivals = [(0.0, job(number, workspace.id, talks[0].id, cost=random.uniform(0.5, 1.5))) for number in range(5_000)]
    for number in range(5_000, 5_450):
        at = random.uniform(0.0, 90.0)
        session = talks[1 + number % 9]
        arrivals.append((at, job(number, workspace.id, session.id, at=at, cost=random.uniform(0.5, 1.5))))
    owner = {waiting.id: waiting.session for _, waiting in arrivals}
    print("\nFifty workers; one session has 5,000 jobs of 0.5 to 1.5 s at once, nine others send 50 each over 90 s.")
    print(f"{'':<22}{'mean wait':>12}{'p50':>9}{'p90':>9}{'p99':>9}{'longest first job':>20}")
    for fair in (False, True):
        sessions = talks if fair else talks[:1]
        came = [(at, it if fair else replace(it, session=talks[0].id)) for at, it in arrivals]
        snapshot = Snapshot(
            workspaces=[workspace], sessions=sessions, workers=[Worker(f"worker-{n}", 1) for n in range(50)]
        )
        started = run_forward(Scheduler.load(snapshot, now=0.0), came)
        by_session: dict[UUID, list[float]] = defaultdict(list)
        for at, waiting in started:
            by_session[owner[waiting.id]].append(at - waiting.queued_at)
        small = [wait for session in talks[1:] for wait in by_session[session.id]]
        first = max(by_session[session.id][0] for session in talks[1:])
        label = "fairness on" if fair else "fairness off"
        row(f"{label}, flood", by_session[talks[0].id], None)
        row(f"{label}, nine", small, first)


def row(name: str, waited: list[float], first: float | None) -> None:
    cuts = quantiles(waited, n=100)
    longest = "" if first is None else f"{first:.2f} s"
    print(f"{name:<22}{mean(waited):>10.2f} s{cuts[49]:>7.2f} s{cuts[89]:>7.2f} s{cuts[98]:>7.2f} s{longest:>20}")


if __name__ == "__main__":
    speed()
    waits()
