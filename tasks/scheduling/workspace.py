"""One workspace: its limits, and the line its sessions stand in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tasks.scheduling.fairness import Turns, as_weight, price
from tasks.scheduling.fleet import Demand, Fleet
from tasks.scheduling.ranking import Entry, Ranking
from tasks.scheduling.scopes import Kind, Project, Session
from tasks.scheduling.values import Waiting, WorkspaceState


class Spot(NamedTuple):
    """A session's first job of one kind, and the kinds that come before it in the session's own order."""

    level: int
    kind: Kind
    before: frozenset[Kind]
    job: Waiting


class Choice(NamedTuple):
    session: Session
    kind: Kind
    level: int
    pinned: bool


class Lane:
    """Sessions of one level that wait with a job of the same kind, and with the same kinds before it.

    So a lane as a whole is usable or not, and of the lanes a session stands in exactly the first one whose kind
    is open is: nothing has to be moved when a worker fills up or a project reaches its cap.
    """

    __slots__ = ("before", "fair", "kind", "pinned")

    def __init__(self, kind: Kind, before: frozenset[Kind]) -> None:
        self.kind = kind
        self.before = before
        self.fair: Ranking[Session] = Ranking()
        self.pinned: Ranking[Session] = Ranking()

    def __len__(self) -> int:
        return len(self.fair) + len(self.pinned)

    def __contains__(self, session: Session) -> bool:
        return session in self.fair or session in self.pinned

    def usable(self, fleet: Fleet) -> bool:
        return self.kind.open(fleet) and not any(kind.open(fleet) for kind in self.before)

    def put(self, session: Session, clock: int, job: Waiting) -> None:
        if job.pinned is None:
            self.pinned.drop(session)
            self.fair.put(session, clock, job.queued_at, job.id.int)
        else:
            self.fair.drop(session)
            self.pinned.put(session, job.pinned, job.queued_at, job.id.int)

    def drop(self, session: Session) -> None:
        self.fair.drop(session)
        self.pinned.drop(session)


class Level:
    """The sessions whose next job counts as equally urgent: they share by weight."""

    __slots__ = ("lanes", "turns")

    def __init__(self, at: int) -> None:
        self.turns = Turns(at)
        self.lanes: dict[tuple[Kind, frozenset[Kind]], Lane] = {}

    def usable(self, fleet: Fleet) -> list[Lane]:
        return [lane for lane in self.lanes.values() if lane.usable(fleet)]

    def after_next(self, kind: Kind) -> int | None:
        """Just before the first of those who wait for the same would have its second turn; None: nobody waits."""
        firsts = [lane.fair.first() for lane in self.lanes.values() if lane.kind is kind]
        first = min((entry for entry in firsts if entry is not None), default=None)
        if first is None:
            return None
        session: Session = first[-1]
        return first[0] + max(0, price(session.first(kind).cost, session.weight) - 1)


class Workspace:
    __slots__ = (
        "_charged",
        "clock",
        "demands",
        "entered",
        "kept",
        "kinds",
        "levels",
        "running",
        "sessions",
        "state",
        "tie",
        "wanted",
        "weight",
    )

    def __init__(self, state: WorkspaceState) -> None:
        self.state = state
        self.tie = state.id.int
        self.weight = as_weight(state.weight)
        self.running = 0
        self.clock = state.clock.at
        self.levels = [Level(at) for at in state.clock.levels]
        self.sessions: set[Session] = set()
        self.kinds: dict[Kind, int] = {}  # how many sessions stand in line with each
        self.demands: dict[Demand, int] = {}  # how many of these kinds want it and are allowed by their project
        self.entered: dict[Demand, int] = {}  # the lines of workspaces it stands in, and with which clock
        self.wanted: set[Session] = set()  # those whose window is to be read again
        self.kept = False  # it left the line only because windows ran dry
        self._charged: set[Session] = set()  # those whose clock may be ahead of the virtual time

    @property
    def held(self) -> bool:
        return self.state.paused or (self.state.cap is not None and self.running >= self.state.cap)

    @property
    def idle(self) -> bool:
        """Nothing runs and nobody waits, not even outside the windows."""
        return not (self.running or self.wanted or any(level.turns.weight for level in self.levels))

    def add(self, session: Session) -> None:
        self.sessions.add(session)
        if any(session.clocks):
            self._charged.add(session)

    def forget(self, session: Session) -> None:
        self.sessions.discard(session)
        self._charged.discard(session)

    def place(self, session: Session, spots: Sequence[Spot], trusted: Iterable[int] = ()) -> bool:
        """Let a session stand in line with these jobs and no others; True if it came to or left a lane.

        trusted: levels in which it stood before, so that it does not come in anew.
        """
        old = session.places
        if len(spots) == 1 and len(old) == 1:
            spot = spots[0]
            lane = old.get((spot.level, spot.kind))
            if lane is not None and lane.before == spot.before:
                lane.put(session, session.clocks[spot.level], spot.job)
                return False
        before = session.levels
        self._leave(session, spots)
        self._join(session, spots, trusted)
        after = session.levels
        for level in before - after:
            self.levels[level].turns.weight -= session.weight
        for level in after - before:
            self.levels[level].turns.weight += session.weight
        return True

    def _leave(self, session: Session, spots: Sequence[Spot]) -> None:
        """Leave the lanes in which it stands no more."""
        stays = {(spot.level, spot.kind): spot.before for spot in spots}
        for key, lane in list(session.places.items()):
            if stays.get(key) != lane.before:
                lane.drop(session)
                if not lane:
                    del self.levels[key[0]].lanes[lane.kind, lane.before]
            if key not in stays:
                del session.places[key]
                self._count(lane.kind, -1)

    def _join(self, session: Session, spots: Sequence[Spot], trusted: Iterable[int]) -> None:
        for level_number, kind, _, _ in spots:
            if (level_number, kind) not in session.places:
                if level_number not in trusted:
                    level = self.levels[level_number]
                    clock = level.turns.join(session.clocks[level_number], level.after_next(kind))
                    session.clocks[level_number] = clock
                self._count(kind, 1)
        for level_number, kind, before, job in spots:
            lanes = self.levels[level_number].lanes
            lane = lanes.get((kind, before))
            if lane is None:
                lane = lanes[kind, before] = Lane(kind, before)
            session.places[level_number, kind] = lane
            lane.put(session, session.clocks[level_number], job)

    def _count(self, kind: Kind, by: int) -> None:
        before = self.kinds.get(kind, 0)
        self.kinds[kind] = before + by
        if before + by == 0:
            del self.kinds[kind]
        if (before == 0 or before + by == 0) and (kind.project is None or kind.project.open):
            self._want(kind.demand, by)

    def _want(self, demand: Demand, by: int) -> None:
        count = self.demands.get(demand, 0) + by
        if count:
            self.demands[demand] = count
        else:
            del self.demands[demand]

    def project_turned(self, project: Project) -> None:
        """A project has just opened or closed."""
        by = 1 if project.open else -1
        for kind in self.kinds:
            if kind.project is project:
                self._want(kind.demand, by)

    def choose(self, fleet: Fleet) -> Choice:
        """Whose turn it is: by level, then pinned, then the lowest clock, among those whose job could start.

        There must be one: the workspace stands in the row of a demand that a worker could take.
        """
        for number, level in enumerate(self.levels):
            if not level.lanes:
                continue
            lanes = level.usable(fleet)
            for pinned in (True, False):
                best: Entry | None = None
                best_kind: Kind | None = None
                for lane in lanes:
                    first = (lane.pinned if pinned else lane.fair).first()
                    if first is not None and (best is None or first < best):
                        best, best_kind = first, lane.kind
                if best is not None and best_kind is not None:
                    return Choice(best[-1], best_kind, number, pinned)
        raise AssertionError(f"workspace {self.state.name} stands in line with nothing that could start")

    def before(self, session: Session, level: int, fleet: Fleet) -> int:
        """How many sessions would have their turn before this one, which stands at this level."""
        count = sum(len(lane) for better in self.levels[:level] for lane in better.usable(fleet))
        lanes = self.levels[level].usable(fleet)
        own = next((lane for lane in lanes if session in lane), None)
        if own is None:
            return count
        if (entry := own.pinned.get(session)) is not None:
            return count + sum(lane.pinned.before(entry) for lane in lanes)
        entry = own.fair.get(session)
        return count + sum(len(lane.pinned) + lane.fair.before(entry) for lane in lanes)

    def charge(self, session: Session, level: int, amount: int) -> None:
        session.clocks[level] += amount
        self._charged.add(session)

    def rest(self) -> bool:
        """Nothing runs and nobody waits: debts end, and the next ones begin as equals; True if there were any."""
        if not self._charged:
            return False
        for session in self._charged:
            for clock, level in zip(session.clocks, self.levels, strict=True):
                level.turns.began(clock)
        self._charged.clear()
        return True
