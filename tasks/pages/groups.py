"""The sessions of a page of the monitor, each with its progress and some of its jobs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Max
from django.urls import reverse

from agents.models import Session
from agents.roles import Role
from tasks import explain
from tasks.estimates import estimates
from tasks.models import AgentJob
from tasks.pages import bar, folds, search, tabs, times
from tasks.pages.bar import Bar, CountPart
from tasks.pages.marks import counted
from tasks.pages.reading import Reading
from tasks.pages.rows import Row, row_of
from tasks.states import OPEN, State


@dataclass(frozen=True)
class Action:
    """What may be done about a session; one that `asks` opens a dialog first."""

    label: str
    url: str
    asks: bool = False
    danger: bool = False


@dataclass(frozen=True)
class Progress:
    """How many jobs a session has in each state, and when one last changed."""

    counts: dict[str, int]
    last_at: datetime | None = None


@dataclass(frozen=True)
class Group:
    """What templates/tasks/group.html shows."""

    id: str
    fold: str
    name: str
    opened_at: datetime
    opened_ago: str
    by: str
    note: str
    done: str
    total: str
    bar: Bar
    counts: list[CountPart]
    last_at: datetime | None
    last_ago: str
    open: bool
    rows: list[Row]
    more: str
    more_url: str
    actions: list[Action]

    @property
    def has_places(self) -> bool:
        """Whether there is a place in the queue to give a column to."""
        return any(row.place for row in self.rows)


def build(
    reading: Reading, sessions: list[Session], jobs: list[AgentJob], unfolded: set[UUID], *, all_rows: bool
) -> list[Group]:
    """`jobs` are those that get a row; `all_rows` says that the page holds no others back."""
    rows, progress = _rows(reading, jobs), _progress(reading, sessions)
    return [
        _group(reading, session, progress[session.id], rows.get(session.id, []), session.id in unfolded, all_rows)
        for session in sessions
    ]


def _rows(reading: Reading, jobs: list[AgentJob]) -> dict[UUID, list[Row]]:
    waits = {id: waiting.sentence for id, waiting in explain.waiting_for(jobs).items()}
    places = explain.positions(jobs)
    starts = estimates(jobs)
    may_act = reading.place.may(Role.OPERATOR)
    rows: dict[UUID, list[Row]] = {}
    for job in jobs:
        rows.setdefault(job.session_id, []).append(row_of(job, reading.now, waits, places, starts, may_act=may_act))
    return rows


def _progress(reading: Reading, sessions: Iterable[Session]) -> dict[UUID, Progress]:
    counts: dict[UUID, dict[str, int]] = {session.id: {} for session in sessions}
    last: dict[UUID, datetime] = {}
    numbers = reading.here.of_sessions(counts).order_by().values_list("session_id", "state")
    for session, state, number, at in numbers.annotate(n=Count("pk"), last=Max("state_since")):
        counts[session][state] = number
        last[session] = max(at, last.get(session, at))
    return {session: Progress(of, last.get(session)) for session, of in counts.items()}


def _group(
    reading: Reading, session: Session, progress: Progress, rows: list[Row], is_open: bool, all_rows: bool
) -> Group:
    counts, now = progress.counts, reading.now
    more = 0 if all_rows or not is_open else _matching_in(reading, session, counts) - len(rows)
    narrowed = f"{reading.search.text} {search.Term('session', (session.name,))}".strip()
    return Group(
        id=session.id.hex,
        fold=folds.name_of(session.id),
        name=session.name,
        opened_at=session.created_at,
        opened_ago=times.ago(session.created_at, now),
        by=session.opened_by.partition(":")[2],
        note="closed" if session.closed_at else "paused" if session.paused_at else "",
        done=f"{bar.completed(counts):,}",
        total=f"{sum(counts.values()):,}",
        bar=bar.bar_of(counts),
        counts=bar.count_parts(counts),
        last_at=progress.last_at,
        last_ago=times.ago(progress.last_at, now) if progress.last_at else "",
        open=is_open,
        rows=rows,
        more=f"{counted(more, 'more task')} in this session" if more > 0 else "",
        more_url=reading.url(q=narrowed),
        actions=_actions(reading, session, counts),
    )


def _matching_in(reading: Reading, session: Session, counts: Mapping[str, int]) -> int:
    if not reading.search.terms and not reading.search.words:
        return sum(counts.get(state, 0) for state in reading.tab.states or State)
    return reading.matching.filter(session=session).order_by()[: tabs.CAP + 1].count()


def _actions(reading: Reading, session: Session, counts: Mapping[str, int]) -> list[Action]:
    if session.closed_at or not reading.place.may(Role.OPERATOR):
        return []
    actions = [Action("Close…", reverse("pages:close-session", args=[session.id]), asks=True, danger=True)]
    if session.paused_at:
        return [Action("Resume", reverse("pages:resume-session", args=[session.id])), *actions]
    if any(counts.get(state) for state in OPEN):
        return [Action("Pause", reverse("pages:pause-session", args=[session.id])), *actions]
    return actions
