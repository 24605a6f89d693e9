"""What one job's change means for others: those that depend on it, its family, and what its urgency asks of them."""

from __future__ import annotations

from uuid import UUID

from tasks import dependencies, ordering
from tasks.children import settling
from tasks.events.relay import Numbered
from tasks.states import OVER, State

MOVED = frozenset({"PriorityChanged", "TaskReordered"})
FAMILY_WAITS = frozenset({State.BLOCKED, State.SUSPENDED})
STIRS = OVER | FAMILY_WAITS
WAITING_FOR_OTHERS = frozenset({State.BLOCKED, State.PENDING_APPROVAL})


class Relations:
    """Collects from the events of a tick whose others are to be looked at, and looks at them once."""

    def __init__(self) -> None:
        self._over: set[UUID] = set()  # jobs that ended
        self._blocked: set[UUID] = set()  # jobs that began to wait for others
        self._stirred: set[UUID] = set()  # jobs whose families may go on
        self._urged: set[UUID] = set()  # jobs that may make what they wait for more urgent, or less
        self._any_blocked = True  # whether any job may wait for others
        self._any_families = True  # whether any job may wait for its children, or for its part of its parent's budget

    def note(self, event: Numbered, job: UUID) -> None:
        if event.kind in MOVED:
            self._urged.add(job)
            return
        self._note_dependencies(event, job)
        self._note_family(event, job)

    def _note_dependencies(self, event: Numbered, job: UUID) -> None:
        if event.after in OVER:
            self._over.add(job)
        elif event.after == State.BLOCKED:
            self._blocked.add(job)
            self._any_blocked = True
        if event.after == State.BLOCKED or (event.after in OVER and event.before in WAITING_FOR_OTHERS):
            self._urged.add(job)

    def _note_family(self, event: Numbered, job: UUID) -> None:
        if event.after in FAMILY_WAITS:
            self._any_families = True
        if event.after in STIRS or event.kind == "ApprovalDecided":
            self._stirred.add(job)

    def settle(self) -> None:
        """Let go on, fail or hurry what the noted events allow, ask or forbid."""
        if self._any_blocked and (self._over or self._blocked):
            dependencies.settle(self._over, self._blocked)
        if self._any_families and self._stirred:
            settling.settle(self._stirred)
        if self._urged:
            ordering.inherit(self._urged)
        self._over, self._blocked, self._stirred, self._urged = set(), set(), set(), set()

    def sweep(self) -> None:
        """Find what an event should have told and did not; and whether there is anything to look at in a tick."""
        self._any_blocked = bool(dependencies.blocked())
        self._any_families = settling.there_are()
        dependencies.settle()
        settling.settle()
        settling.forget_waits()
