"""When each queued job is expected to start: the whole world read, and the scheduler run forward on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from django.conf import settings

from tasks.models import WorkKind
from tasks.scheduling import clocks, snapshot
from tasks.scheduling.core import Scheduler
from tasks.scheduling.forward import Forward, run_forward
from tasks.scheduling.measured import Measured
from tasks.scheduling.values import Policy, Snapshot, Waiting

MOST_JOBS = 10_000
"""How far the line is looked along."""
LEAST_OF_A_SESSION = 8


@dataclass(frozen=True)
class World:
    """Everything that is known, with as much of each session's line as is looked along, and what kind runs where."""

    snapshot: Snapshot
    kind_of: Mapping[UUID, str]

    @property
    def waiting(self) -> list[Waiting]:
        return [job for heads in self.snapshot.heads.values() for job in heads.waiting]


def read_world(most: int = MOST_JOBS, *, around: Callable[[Snapshot], Snapshot] = clocks.put_into) -> World:
    """As the tenancy shows it; `around` adds what is known besides: the clocks, or what lies outside of the tenancy."""
    sessions = snapshot.read_sessions()
    window = max(LEAST_OF_A_SESSION, most // max(1, len(sessions)))
    running = snapshot.read_running()
    known = {session.id for session in sessions}
    missed = {job.session for job in running} - known  # it ended between the two
    sessions += snapshot.read_sessions(missed) if missed else []
    world = Snapshot(
        platform=snapshot.read_platform(),
        workspaces=snapshot.read_workspaces(),
        sessions=sessions,
        projects=snapshot.read_projects(),
        workers=snapshot.read_workers(),
        running=running,
        heads=snapshot.read_heads(known, window, delayed=True),
    )
    kinds = {member.run: member.kind for member in snapshot.read_members()}
    return World(around(world), kinds)


def read_measured() -> dict[tuple[UUID, str], Measured]:
    """What was measured of each workspace's kinds of work."""
    rows = WorkKind.objects.values_list("workspace_id", "kind", "samples", "finished")
    return {(workspace, kind): Measured(samples, finished) for workspace, kind, samples, finished in rows}


def foresee(world: World, measured: Callable[[UUID, str], Measured], now: float, *, most: int = MOST_JOBS) -> Forward:
    """The starts that are expected from now on."""
    policy = Policy(aging_seconds=settings.INTERLOCK.aging_seconds)
    whole = replace(  # what lies beyond what was read cannot be asked for
        world.snapshot, heads={id: replace(heads, more=False) for id, heads in world.snapshot.heads.items()}
    )
    scheduler = Scheduler.load(whole, policy, now)
    found = run_forward(
        scheduler,
        now,
        running={job.id: job for job in whole.running},
        kind_of=world.kind_of,
        measured=measured,
        most=most,
    )
    scheduler.let_go()
    return found
