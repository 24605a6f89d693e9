"""Which sessions and which of their jobs stand on a page of the monitor."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Case, Exists, IntegerField, OuterRef, Q, Value, When

from agents.models import Session
from tasks.models import AgentJob
from tasks.pages.reading import Reading, id_of
from tasks.querysets import JobQuerySet
from tasks.states import OPEN, State

PAGE = 50
PREVIEW: dict[State, int] = {
    State.RUNNING: 8,
    State.PENDING_APPROVAL: 4,
    State.SUSPENDED: 4,
    State.QUEUED: 5,
    State.BLOCKED: 3,
    State.FAILED: 5,
    State.COMPLETED: 4,
    State.CANCELLED: 2,
}
"""How many rows of each state an open session shows, in their order."""
PREVIEW_OF_A_TAB = 12
LARGE = ("work", "data", "arguments", "metadata", "spec", "result", "description")
"""What a row of a list does not show and need not be read."""


@dataclass(frozen=True)
class Page:
    """`after` is the cursor of the next page, empty at the end."""

    found: list[Any]
    after: str = ""


def sessions(reading: Reading, visible: JobQuerySet) -> Page:
    """Sessions with visible jobs: first those whose work is not over, then by age, newest first."""
    open_jobs = reading.everywhere.filter(session=OuterRef("pk")).in_state(*OPEN)
    rank = Case(When(Exists(open_jobs), then=Value(0)), default=Value(1), output_field=IntegerField())
    found: Any = (
        Session.objects.in_workspace(reading.place.workspace.id)
        .filter(Exists(visible.filter(session=OuterRef("pk"))))
        .annotate(rank=rank)
        .order_by("rank", "-pk")
    )
    if cursor := _cursor(reading.after):
        found = found.filter(Q(rank__gt=cursor[0]) | Q(rank=cursor[0], pk__lt=cursor[1]))
    page = list(found[: PAGE + 1])
    last: Any = page[PAGE - 1] if len(page) > PAGE else None
    return Page(page[:PAGE], f"{last.rank}.{last.pk.hex}" if last else "")


def jobs_of(reading: Reading, visible: JobQuerySet, session: Session) -> Page:
    """The visible jobs of one session, newest first."""
    jobs = visible.filter(session=session).order_by("-pk")
    last = id_of(reading.after)
    page = list(_for_rows(jobs.filter(pk__lt=last) if last else jobs)[: PAGE + 1])
    return Page(page[:PAGE], page[PAGE - 1].pk.hex if len(page) > PAGE else "")


def previews(reading: Reading, visible: JobQuerySet, of: Iterable[UUID]) -> list[AgentJob]:
    """Some jobs of each state of each of the sessions, chosen in one statement."""
    states = dict.fromkeys(reading.tab.states, PREVIEW_OF_A_TAB) or PREVIEW
    parts = [
        _in_order(visible.filter(session=session), state).values_list("pk", flat=True)[:limit]
        for session in of
        for state, limit in states.items()
    ]
    if not parts:
        return []
    ids = list(parts[0].union(*parts[1:], all=True)) if len(parts) > 1 else list(parts[0])
    found = _for_rows(reading.here).in_bulk(ids)
    return [found[id] for id in ids if id in found]


def _in_order(jobs: JobQuerySet, state: State) -> JobQuerySet:
    """Those of one state: what is queued in the order in which it starts, the rest newest first."""
    return jobs.in_state(state).order_by(*(("rank", "pk") if state == State.QUEUED else ("-pk",)))


def _for_rows(jobs: JobQuerySet) -> JobQuerySet:
    return jobs.select_related("agent").defer(*LARGE)


def _cursor(text: str) -> tuple[int, UUID] | None:
    rank, _, id = text.partition(".")
    last = id_of(id)
    return (int(rank), last) if rank in ("0", "1") and last is not None else None
