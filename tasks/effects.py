"""What a move would do to the waits of the sessions: the scheduler run forward without it, and with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from tasks.explain import with_slots_elsewhere
from tasks.operations.move import Plan
from tasks.ordering import Place
from tasks.scheduling.estimate import World, foresee, read_measured, read_world
from tasks.scheduling.forward import Forward
from tasks.scheduling.measured import Measured
from tasks.scheduling.scopes import position
from tasks.scheduling.snapshot import read_now
from tasks.scheduling.values import Heads

MOST_JOBS = 2000
"""How far the line is looked along, so that the answer comes while somebody holds a card over it."""
NOTICED_SECONDS = 0.05


@dataclass(frozen=True)
class JobEffect:
    id: UUID
    title: str
    before: float
    after: float


@dataclass(frozen=True)
class SessionEffect:
    """Mean seconds until its waiting jobs start."""

    name: str
    jobs: int
    before: float
    after: float


@dataclass(frozen=True)
class Effects:
    jobs: list[JobEffect]
    sessions: list[SessionEffect]


def of(plan: Plan) -> Effects:
    """In the reader's tenancy: other workspaces count with the slots that they take now."""
    world, now, measured = read_world(MOST_JOBS, around=with_slots_elsewhere), read_now(), read_measured()

    def known(workspace: UUID, kind: str) -> Measured:
        return measured.get((workspace, kind)) or Measured()

    before = foresee(world, known, now, most=MOST_JOBS)
    after = foresee(_moved(world, plan.places), known, now, most=MOST_JOBS)
    return Effects(_of_jobs(plan, before, after), _of_sessions(world, before, after))


def _moved(world: World, places: Mapping[UUID, Place]) -> World:
    """The world with these jobs in their new places."""

    def anew(heads: Heads) -> Heads:
        jobs = [job._replace(**places[job.id]._asdict()) if job.id in places else job for job in heads.waiting]
        return replace(heads, waiting=sorted(jobs, key=position))

    moved = replace(world.snapshot, heads={id: anew(heads) for id, heads in world.snapshot.heads.items()})
    return replace(world, snapshot=moved)


def _of_jobs(plan: Plan, before: Forward, after: Forward) -> list[JobEffect]:
    return [
        JobEffect(job.id, job.title, round(before.starts[job.id].seconds, 3), round(after.starts[job.id].seconds, 3))
        for job in plan.jobs
        if job.id in before.starts and job.id in after.starts
    ]


def _of_sessions(world: World, before: Forward, after: Forward) -> list[SessionEffect]:
    """Those whose mean wait changes, the most affected first."""
    waits: dict[UUID, list[tuple[float, float]]] = defaultdict(list)
    for job in world.waiting:
        if job.id in before.starts and job.id in after.starts:
            waits[job.session].append((before.starts[job.id].seconds, after.starts[job.id].seconds))
    names = {session.id: session.name for session in world.snapshot.sessions}
    found = [
        SessionEffect(names[session], len(pairs), _mean(pairs, 0), _mean(pairs, 1)) for session, pairs in waits.items()
    ]
    changed = [each for each in found if abs(each.after - each.before) >= NOTICED_SECONDS]
    return sorted(changed, key=lambda each: -abs(each.after - each.before))


def _mean(pairs: list[tuple[float, float]], which: int) -> float:
    return round(sum(pair[which] for pair in pairs) / len(pairs), 3)
