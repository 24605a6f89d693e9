"""Who waits how long, with the fair share and without it: a simulation on the scheduler itself, in simulated time.

Fifty workers with a slot each. One agent submits 5,000 jobs at once; thirty others submit five jobs each, a little
later and at different times; a second workspace has its own flood. Without fairness all of them stand in one line,
first come first served; with it each agent has a session and each team a workspace. Nothing is random but the lengths,
which are drawn with a fixed seed, so that each run prints the same.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from heapq import heappop, heappush
from statistics import fmean, quantiles
from uuid import UUID

from rich.console import Console
from rich.table import Table

from tasks.scheduling import changes
from tasks.scheduling.core import Scheduler
from tasks.scheduling.values import Heads, SessionState, Snapshot, Waiting, Worker, WorkspaceState

WORKERS = 50
FLOOD = 5000
AGENTS = 30
JOBS_EACH = 5
LENGTHS = (1.0, 4.0)  # seconds, evenly spread
ARRIVALS = (5.0, 120.0)  # when the others submit
STEP = 900.0
SEED = 7


@dataclass(frozen=True)
class Submitted:
    at: float
    who: str
    team: str
    seconds: float


@dataclass(frozen=True)
class Waited:
    who: str
    seconds: float


def work() -> list[Submitted]:
    """What everybody submits, in the order of time."""
    dice = random.Random(SEED)
    found = [Submitted(0.0, "the flood", "red", dice.uniform(*LENGTHS)) for _ in range(FLOOD)]
    found += [Submitted(0.5, "the other team's flood", "blue", dice.uniform(*LENGTHS)) for _ in range(FLOOD // 5)]
    for number in range(AGENTS):
        at = dice.uniform(*ARRIVALS)
        found += [Submitted(at, f"agent {number}", "red", dice.uniform(*LENGTHS)) for _ in range(JOBS_EACH)]
    return sorted(found, key=lambda each: each.at)


def simulate(submitted: Iterable[Submitted], *, fair: bool) -> list[Waited]:
    """Run the scheduler over it until everything has started."""
    scheduler = Scheduler.load(
        Snapshot(workers=[Worker(f"w{number}", 1) for number in range(WORKERS)]),
    )
    sessions: dict[str, tuple[UUID, UUID]] = {}
    waiting: dict[UUID, dict[UUID, Waiting]] = {}
    by_job: dict[UUID, Submitted] = {}
    arrivals, ends, waits, now = list(reversed(list(submitted))), [], [], 0.0
    while arrivals or ends:
        while arrivals and arrivals[-1].at <= now:
            each = arrivals.pop()
            workspace, session = _place(scheduler, sessions, each if fair else None)
            job = Waiting(UUID(int=len(by_job) + 1), workspace, session, rank=each.at, queued_at=each.at, cost=2.5)
            by_job[job.id] = each
            waiting.setdefault(session, {})[job.id] = job
            if not arrivals or arrivals[-1].at > now or len(by_job) % 500 == 0:
                _show(scheduler, waiting)
        while (start := scheduler.next(now)) is not None:
            each = by_job[start.job.id]
            del waiting[start.job.session][start.job.id]
            waits.append(Waited(each.who, now - each.at))
            heappush(ends, (now + each.seconds, start.job.id, each.seconds))
        due = [*([arrivals[-1].at] if arrivals else []), *([ends[0][0]] if ends else [])]
        if not due:
            break
        now = min(due)
        while ends and ends[0][0] <= now:
            _, id, seconds = heappop(ends)
            scheduler.apply(changes.Finished(id, seconds))
    return waits


def _place(scheduler: Scheduler, sessions: dict[str, tuple[UUID, UUID]], each: Submitted | None) -> tuple[UUID, UUID]:
    """The workspace and session of who submits; without fairness one for all."""
    who, team = (each.who, each.team) if each else ("everybody", "all")
    if who not in sessions:
        workspace = UUID(bytes=team.ljust(16).encode()[:16])
        session = UUID(int=10**9 + len(sessions))
        scheduler.apply(changes.WorkspaceChanged(WorkspaceState(workspace, team)))
        scheduler.apply(changes.SessionChanged(SessionState(session, workspace, who, cap=None)))
        sessions[who] = workspace, session
    return sessions[who]


def _show(scheduler: Scheduler, waiting: dict[UUID, dict[UUID, Waiting]]) -> None:
    for session, jobs in waiting.items():
        scheduler.apply(changes.SessionHeads(session, Heads(list(jobs.values()))))


def main() -> None:
    submitted = work()
    table = Table(
        title=f"Seconds of waiting: {WORKERS} workers, {len(submitted):,} jobs of {LENGTHS[0]:g} to {LENGTHS[1]:g} s"
    )
    table.add_column("who")
    for fairness in ("off", "on"):
        for what in ("mean", "p95", "longest"):
            table.add_column(f"{fairness}: {what}", justify="right")
    runs = [simulate(submitted, fair=fair) for fair in (False, True)]
    groups = {
        f"{AGENTS} agents with {JOBS_EACH} jobs": lambda who: who.startswith("agent"),
        "the other team's flood": lambda who: who.startswith("the other"),
        "the flood": lambda who: who == "the flood",
        "everybody": lambda who: True,
    }
    for name, belongs in groups.items():
        cells = []
        for run in runs:
            seconds = [each.seconds for each in run if belongs(each.who)]
            cells += [f"{value:.1f}" for value in (fmean(seconds), quantiles(seconds, n=20)[-1], max(seconds))]
        table.add_row(name, *cells)
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
