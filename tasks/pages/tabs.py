"""The tabs of the monitor: one a state, each with how many there are, capped."""

from __future__ import annotations

from dataclasses import dataclass

from tasks.pages.places import Place
from tasks.querysets import JobQuerySet
from tasks.states import State

CAP = 1000


@dataclass(frozen=True, slots=True)
class StateTab:
    """`states` are what it shows; the first tab shows all."""

    name: str
    label: str
    states: tuple[State, ...]


TABS = (
    StateTab("", "All", ()),
    StateTab("running", "Running", (State.RUNNING,)),
    StateTab("queued", "Queued", (State.QUEUED,)),
    StateTab("approval", "Needs approval", (State.PENDING_APPROVAL, State.SUSPENDED)),
    StateTab("blocked", "Blocked", (State.BLOCKED,)),
    StateTab("failed", "Failed", (State.FAILED,)),
    StateTab("completed", "Completed", (State.COMPLETED,)),
    StateTab("cancelled", "Cancelled", (State.CANCELLED,)),
)


@dataclass(frozen=True, slots=True)
class ShownTab:
    name: str
    label: str
    count: str
    url: str
    current: bool


def find(name: str) -> StateTab:
    return next((tab for tab in TABS if tab.name == name), TABS[0])


def shown(jobs: JobQuerySet, place: Place, current: StateTab, q: str) -> list[ShownTab]:
    """Every tab with its count of `jobs`, which the search has narrowed already."""
    counts = {tab: _counted(jobs.in_state(*tab.states)) for tab in TABS if tab.states}
    counts[TABS[0]] = sum(counts.values())
    return [
        ShownTab(
            tab.name or "all",
            tab.label,
            capped(counts[tab]),
            place.query(state=tab.name, q=q),
            tab == current,
        )
        for tab in TABS
    ]


def capped(count: int) -> str:
    return f"{CAP:,}+" if count > CAP else f"{count:,}"


def _counted(jobs: JobQuerySet) -> int:
    return jobs.order_by()[: CAP + 1].count()
