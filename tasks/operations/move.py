"""Move waiting jobs: within their session, or ahead of other sessions; and, for platform admins, before everything.

A move stays within one priority and passes no dependency. Among sessions it pins the job: its own session is charged
for it as ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from django.db import connection

from agents import tenancy
from agents.actor import Actor
from agents.errors import Conflict, InvalidInput, NotAllowed, NotFound
from agents.roles import Role
from tasks import ordering
from tasks.models import AgentJob, QueueChange
from tasks.models.undo import ChangeKind
from tasks.neighbours import Line, Neighbour
from tasks.operations.priority import NotWaiting
from tasks.operations.undo import record
from tasks.ordering import OVERRIDDEN, Place
from tasks.scheduling.placing import TooNarrow, ranks_between
from tasks.states import State

MOVABLE = (State.QUEUED, State.BLOCKED)
SIGHT = 64  # neighbours that are read at first to make room among them


class PassesDependency(Conflict):
    code, title = "passes_dependency", "It would pass a job that it depends on"


class AnotherPriority(Conflict):
    code, title = "another_priority", "They have another priority"


class NoFixedPlace(Conflict):
    code, title = "no_fixed_place", "That job has no fixed place among the sessions"


class Scope(StrEnum):
    SESSION = "session"
    QUEUE = "queue"


class End(StrEnum):
    FRONT = "front"
    BACK = "back"


@dataclass(frozen=True)
class Where:
    """Right before or after a job, or to an end; within the session, or in the whole queue of the workspace."""

    before: UUID | None = None
    after: UUID | None = None
    to: End | None = None
    scope: Scope | None = None

    def __post_init__(self) -> None:
        if sum(said is not None for said in (self.before, self.after, self.to)) != 1:
            raise InvalidInput("Say where to: `before` or `after` a job, or `to` the front or the back.")

    @property
    def anchor(self) -> UUID | None:
        return self.before or self.after


@dataclass(frozen=True)
class Moving:
    """A waiting job as it stands now."""

    id: UUID
    workspace: UUID
    session: UUID
    title: str
    priority: int
    place: Place

    @property
    def position(self) -> Neighbour:
        return Neighbour(self.id, self.place.rank)


@dataclass
class Plan:
    """Where each goes: the jobs that are moved, in their order, and the neighbours that make room for them."""

    workspace: UUID
    jobs: Sequence[Moving]
    places: dict[UUID, Place] = field(default_factory=dict)


def plan(actor: Actor, ids: Sequence[UUID], where: Where) -> Plan:
    """What the move would do; changes nothing.

    Raises NotFound, NotAllowed, NotWaiting, InvalidInput, AnotherPriority, NoFixedPlace, PassesDependency.
    """
    found = _read(actor, ids)
    actor.require(Role.OPERATOR, found[0].workspace, "move jobs")
    made = _of_one_workspace(found)
    jobs = made.jobs
    anchor = _anchor(actor, jobs, where)
    if _scope(jobs, anchor, where) is Scope.SESSION:
        _within_session(made, anchor, where)
    else:
        _among_sessions(made, anchor, where)
    _refuse_passing(made)
    return made


def move(actor: Actor, ids: Sequence[UUID], where: Where, reason: str = "") -> QueueChange:
    """Plan it and do it. Raises what `plan` does."""
    return carry_out(actor, plan(actor, ids, where), reason)


def override(actor: Actor, ids: Sequence[UUID], reason: str) -> QueueChange:
    """Put jobs before everything else, in their order, behind those that were put there earlier. For platform admins,
    with a reason, since it goes past the fair share of all workspaces: only pauses and caps hold them then."""
    if not actor.platform_admin:
        raise NotAllowed("Only a platform admin puts a job before everything else; move it, or change its priority.")
    if not reason.strip():
        raise InvalidInput("reason: say why; it goes on record.")
    made = _of_one_workspace(_read(actor, ids))
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(override), 0) FROM tasks_agentjob WHERE state = 'queued' AND override > 0")
        last = float(cursor.fetchone()[0])
    for number, job in enumerate(made.jobs, 1):
        made.places[job.id] = Place(OVERRIDDEN + last + number, job.place.pinned, last + number)
    return carry_out(actor, made, reason, ChangeKind.OVERRIDE)


def carry_out(actor: Actor, made: Plan, reason: str, kind: ChangeKind = ChangeKind.MOVE) -> QueueChange:
    """Give the jobs of a plan their places; `undo` takes it back."""
    tenancy.say_reason(reason)
    changed = ordering.place(list(made.places), list(made.places.values()))
    after = [made.places[each.job] for each in changed]
    return record(actor, made.workspace, kind, reason, changed, after=after)


def _of_one_workspace(jobs: Sequence[Moving]) -> Plan:
    """The jobs in the order in which they stand."""
    if len({job.workspace for job in jobs}) > 1:
        raise InvalidInput("These jobs are of several workspaces; move those of one at a time.")
    return Plan(jobs[0].workspace, sorted(jobs, key=lambda job: (job.place.rank, job.id)))


def _read(actor: Actor, ids: Sequence[UUID]) -> list[Moving]:
    rows = {
        job.id: job
        for job in AgentJob.objects.for_user(actor)
        .filter(pk__in=ids)
        .only("workspace_id", "session_id", "title", "priority", "rank", "pinned", "override", "state", "handed_to")
    }
    missing = next((id for id in ids if id not in rows), None)
    if missing is not None or not ids:
        raise NotFound(f"There is no job {missing}; nothing was moved.") if ids else InvalidInput("Say which jobs.")
    for job in rows.values():
        if job.state not in MOVABLE or job.handed_to:
            is_now = "on its way to a worker" if job.handed_to else job.state
            raise NotWaiting(f"“{job.title}” is {is_now}, so it has no place in the queue to move it to.")
    return [
        Moving(job.id, job.workspace_id, job.session_id, job.title, job.priority, _place_of(job))
        for job in rows.values()
    ]


def _place_of(job: AgentJob) -> Place:
    return Place(job.rank, job.pinned, job.override)


def _anchor(actor: Actor, jobs: Sequence[Moving], where: Where) -> Moving | None:
    if where.anchor is None:
        return None
    if any(job.id == where.anchor for job in jobs):
        raise InvalidInput("A job cannot be moved to before or after itself.")
    [anchor] = _read(actor, [where.anchor])
    if anchor.workspace != jobs[0].workspace:
        raise InvalidInput(f"“{anchor.title}” is of another workspace.")
    if anchor.place.override is not None:
        raise NoFixedPlace(f"“{anchor.title}” was put before everything else by an admin; nothing moves past it.")
    for job in jobs:
        if job.priority != anchor.priority:
            raise AnotherPriority(
                f"“{job.title}” is P{job.priority} and “{anchor.title}” P{anchor.priority}; jobs move among those of "
                "their own priority. Change its priority first."
            )
    return anchor


def _scope(jobs: Sequence[Moving], anchor: Moving | None, where: Where) -> Scope:
    """As it was said; else among the sessions where the other job is of another one."""
    sessions = {job.session for job in jobs} | ({anchor.session} if anchor else set())
    if where.scope is Scope.SESSION and len(sessions) > 1:
        raise InvalidInput("These jobs are of several sessions; with the scope `queue` they move ahead of others.")
    if where.scope is None:
        return Scope.SESSION if len(sessions) == 1 else Scope.QUEUE
    return where.scope


# Within one session


def _within_session(made: Plan, anchor: Moving | None, where: Where) -> None:
    """A pin goes on as it was; only the place in the session changes."""
    line = Line(made.jobs[0].session, [job.id for job in made.jobs])
    ranks = _put(made, line, made.jobs, _gap(line, anchor, where, made.jobs[0].priority))
    for job, rank in zip(made.jobs, ranks, strict=True):
        made.places[job.id] = Place(rank, job.place.pinned)


Gap = tuple[Neighbour | None, Neighbour | None]
"""Who stands right before the place and who right behind it, as far as anybody does."""


def _gap(line: Line, anchor: Moving | None, where: Where, priority: int) -> Gap:
    if where.before or where.to is End.FRONT:
        here = anchor.position if anchor else line.first_of(priority)
        return (line.before(here) if here else None), here
    here = anchor.position if anchor else line.last_of(priority)
    return here, (line.behind(here) if here else None)


def _put(made: Plan, line: Line, jobs: Sequence[Moving], gap: Gap) -> list[float]:
    """Ranks for the jobs in this gap; the plan learns of the neighbours that must make room."""
    before, behind = gap
    if before is None and behind is None:
        return [job.place.rank for job in jobs]
    limit = SIGHT + 2 * len(jobs)
    while True:
        after = line.from_there(behind, limit) if behind else []
        try:
            ranks, room = ranks_between(
                len(jobs),
                before.rank if before else None,
                [each.rank for each in after],
                whole=len(after) < limit,
            )
        except TooNarrow:
            limit *= 4
            continue
        moved = after[: len(room)]
        _make_room(made, [each.id for each in moved], room)
        return ranks


def _make_room(made: Plan, neighbours: Sequence[UUID], ranks: Sequence[float]) -> None:
    pins = dict(AgentJob.objects.in_workspace(made.workspace).filter(pk__in=neighbours).values_list("pk", "pinned"))
    for id, rank in zip(neighbours, ranks, strict=True):
        made.places[id] = Place(rank, pins.get(id))


# Among the sessions


def _among_sessions(made: Plan, anchor: Moving | None, where: Where) -> None:
    """Pinned in this order, each at the front of its own session; at the back they are pinned no more."""
    priorities = {job.priority for job in made.jobs}
    if len(priorities) > 1:
        raise AnotherPriority("These jobs have several priorities; jobs move among those of their own priority.")
    pins: Sequence[float | None] = [None] * len(made.jobs)
    if where.to is not End.BACK:
        pins = _pins(made, anchor, where)
    end = End.BACK if where.to is End.BACK else End.FRONT
    by_session: dict[UUID, list[Moving]] = {}
    for job in made.jobs:
        by_session.setdefault(job.session, []).append(job)
    ranks: dict[UUID, float] = {}
    for session, jobs in by_session.items():
        line = Line(session, [job.id for job in made.jobs])
        gap = _gap(line, None, Where(to=end), jobs[0].priority)
        ranks |= zip((job.id for job in jobs), _put(made, line, jobs, gap), strict=True)
    for job, pin in zip(made.jobs, pins, strict=True):
        made.places[job.id] = Place(ranks[job.id], pin)


def _pins(made: Plan, anchor: Moving | None, where: Where) -> list[float]:
    """Before or after a job that is pinned, between those two; before one that is not, behind all that are."""
    moved = [job.id for job in made.jobs]
    taken = sorted(
        AgentJob.objects.in_workspace(made.workspace)
        .filter(state=State.QUEUED, pinned__isnull=False, priority=made.jobs[0].priority)
        .exclude(pk__in=moved)
        .values_list("pinned", flat=True)
    )
    if anchor is None:
        at = 0
    elif anchor.place.pinned is None:
        if where.after:
            raise NoFixedPlace(
                f"“{anchor.title}” is not pinned: when it starts depends on the fair share of the sessions. Move to "
                "before it, or to the front."
            )
        at = len(taken)
    else:
        at = taken.index(anchor.place.pinned) + (1 if where.after else 0)
    low = taken[at - 1] if at else None
    if low is None:
        return [taken[0] - number if taken else -float(number) for number in range(len(moved), 0, -1)]
    high = taken[at] if at < len(taken) else low + len(moved) + 1
    return [low + (high - low) * number / (len(moved) + 1) for number in range(1, len(moved) + 1)]


# Dependencies


def _refuse_passing(made: Plan) -> None:
    """Raise PassesDependency where a job would come before one that it waits for, and did not before."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT later.id, later.rank, later.title, earlier.id, earlier.rank, earlier.title
            FROM tasks_dependency dependency
            JOIN tasks_agentjob later ON later.id = dependency.job_id
            JOIN tasks_agentjob earlier ON earlier.id = dependency.requires_id
            WHERE (later.id = ANY(%(moved)s) OR earlier.id = ANY(%(moved)s)) AND later.session_id = earlier.session_id
              AND later.state IN ('queued', 'blocked') AND earlier.state IN ('queued', 'blocked')
            """,
            {"moved": [job.id for job in made.jobs]},
        )
        for later, later_rank, later_title, earlier, earlier_rank, earlier_title in cursor.fetchall():
            passes = (_rank(made, later, later_rank), later) < (_rank(made, earlier, earlier_rank), earlier)
            if passes and (later_rank, later) > (earlier_rank, earlier):
                raise PassesDependency(
                    f"“{later_title}” waits for “{earlier_title}”, so it cannot come before it. Move both, or the "
                    "other first."
                )


def _rank(made: Plan, job: UUID, rank: float) -> float:
    return made.places[job].rank if job in made.places else rank
