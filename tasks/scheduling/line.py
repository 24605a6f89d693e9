"""The line the workspaces stand in, one row for each demand on the workers."""

from __future__ import annotations

from tasks.scheduling.fairness import Turns
from tasks.scheduling.fleet import Demand, Fleet
from tasks.scheduling.ranking import Entry, Ranking
from tasks.scheduling.workspace import Workspace


class Line:
    """A workspace stands in the row of each demand that one of its sessions in line has.

    So whether a workspace has anything that could start now is known without asking it, whichever workers are full.
    """

    __slots__ = ("_charged", "_rows", "turns")

    def __init__(self, at: int) -> None:
        self.turns = Turns(at)
        self._rows: dict[Demand, Ranking[Workspace]] = {}
        self._charged: set[Workspace] = set()

    def charged(self, workspace: Workspace) -> None:
        """Its clock may be ahead of the virtual time."""
        self._charged.add(workspace)

    def place(self, workspace: Workspace, trusted: bool = False) -> bool:
        """Let a workspace stand where its sessions want, or nowhere if it is held; True if it came, left or was moved.

        trusted: it stood in line already when its clock was saved.
        """
        wanted: dict[Demand, int] = {} if workspace.held else workspace.demands
        entered = workspace.entered
        stood, clock = bool(entered), workspace.clock
        for demand in [demand for demand in entered if demand not in wanted]:
            self._leave(workspace, demand)
        if not trusted:
            for demand in wanted:
                if demand not in entered:
                    workspace.clock = self.turns.join(workspace.clock, self._first_clock(demand))
        for demand in wanted:
            if entered.get(demand) != workspace.clock:
                entered[demand] = workspace.clock
                self._rows.setdefault(demand, Ranking()).put(workspace, workspace.clock, workspace.tie)
        if stood != bool(entered):
            self.turns.weight += -workspace.weight if stood else workspace.weight
            return True
        return clock != workspace.clock

    def choose(self, fleet: Fleet) -> Workspace | None:
        """The workspace with the lowest clock among those that have something that could start."""
        best: Entry | None = None
        for demand, row in self._rows.items():
            if demand.post(fleet) is not None:
                first = row.first()
                if first is not None and (best is None or first < best):
                    best = first
        return None if best is None else best[-1]

    def before(self, workspace: Workspace, fleet: Fleet) -> int:
        """How many workspaces would have their turn before this one."""
        own = (workspace.clock, workspace.tie)
        rows = (row for demand, row in self._rows.items() if demand.post(fleet) is not None)
        return len({entry[-1] for row in rows for entry in row if entry[:2] < own})

    def rest(self) -> None:
        """Nothing runs and nobody waits: debts end."""
        for workspace in self._charged:
            self.turns.began(workspace.clock)
        self._charged.clear()

    def _leave(self, workspace: Workspace, demand: Demand) -> None:
        del workspace.entered[demand]
        row = self._rows[demand]
        row.drop(workspace)
        if not row:
            del self._rows[demand]

    def _first_clock(self, demand: Demand) -> int | None:
        row = self._rows.get(demand)
        first = None if row is None else row.first()
        return None if first is None else first[0]
