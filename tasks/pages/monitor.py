"""What /tasks/ shows: the sessions with work that matches, newest work in reach, each with some of its jobs.

A page of sessions shows a handful of rows of each that is open. Where the search names one session, the page shows
that session alone with 50 rows. What was submitted after the person last looked (`seen`) is counted, not shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Case, Count, Exists, IntegerField, Max, OuterRef, QuerySet, Value, When
from django.urls import reverse

from agents.models import Session
from agents.roles import Role
from tasks.models import AgentJob
from tasks.pages import bar, folds, search, tabs, times
from tasks.pages.bar import Bar, CountPart
from tasks.pages.marks import counted
from tasks.pages.places import Place
from tasks.pages.rows import Row, row_of
from tasks.pages.waits import waits_of
from tasks.querysets import JobQuerySet
from tasks.states import OPEN, State

PAGE = 50
UNFOLDED = 3  # sessions that are open until a person folds them
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
PREVIEW_OF_ONE_STATE = 12


@dataclass(frozen=True)
class Asked:
    """The address of the page, read."""

    q: str = ""
    tab: str = ""
    after: str = ""
    seen: str = ""


@dataclass(frozen=True)
class Action:
    label: str
    url: str
    danger: bool = False


@dataclass(frozen=True)
class Group:
    """One session."""

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
    loaded: bool
    rows: list[Row]
    more: str
    more_url: str
    actions: list[Action]
    opened: str = "opened"


@dataclass(frozen=True)
class Pager:
    previous: str = ""
    next: str = ""


@dataclass(frozen=True)
class Monitor:
    """What templates/tasks/list.html shows."""

    q: str
    topic: str
    url: str
    seen: str
    tabs: list[tabs.ShownTab]
    complaints: tuple[str, ...]
    groups: list[Group]
    new_count: int
    pager: Pager
    is_filtered: bool
    said: str
    clear_url: str
    new_url: str
    kept: list[tuple[str, str]] = field(default_factory=list)
    title: str = "Tasks"
    first_command: str = "interlock task add --wait -- echo hello"

    @property
    def new(self) -> str:
        return tabs.capped(self.new_count) if self.new_count else ""


def look(place: Place, asked: Asked, fold: folds.Folds, now: datetime) -> Monitor:
    return _Look(place, asked, fold, now).monitor()


class _Look:
    """One look at the monitor: the querysets that its parts share."""

    def __init__(self, place: Place, asked: Asked, fold: folds.Folds, now: datetime) -> None:
        self.place, self.asked, self.fold, self.now = place, asked, fold, now
        self.search = search.read(asked.q)
        self.tab = tabs.find(asked.tab)
        jobs: JobQuerySet = AgentJob.objects.in_workspace(place.workspace.id)
        self.here = jobs.filter(project=place.project) if place.project else jobs
        self.found = self.search.apply(self.here, now)
        self.matching = self.found.in_state(*self.tab.states) if self.tab.states else self.found
        self.seen = _id(asked.seen)

    def monitor(self) -> Monitor:
        new_count = 0
        visible = self.matching
        if self.seen is not None and not self.asked.after:
            visible = self.matching.filter(pk__lte=self.seen)
            new_count = self.matching.filter(pk__gt=self.seen).order_by()[: tabs.CAP + 1].count()
        groups, pager = self._groups(visible)
        if not groups and new_count:  # an empty page has nothing that could jump
            self.seen, new_count = None, 0
            groups, pager = self._groups(self.matching)
        base = reverse("pages:tasks")
        return Monitor(
            q=self.asked.q,
            topic=f"tasks:{self.place.workspace.id}",
            url=base + self._query(after=self.asked.after),
            seen=str(self.seen or self._newest() or ""),
            tabs=tabs.shown(self.found, self.place, self.tab, self.asked.q),
            complaints=self.search.complaints,
            groups=groups,
            new_count=new_count,
            pager=pager,
            is_filtered=bool(self.asked.q or self.tab.states or self.place.project) and self._has_any(),
            said=self._said(),
            clear_url=base + self.place.query(project=""),
            new_url=reverse("pages:new") + self.place.query(),
            kept=[*self.place.named.items(), *([("state", self.tab.name)] if self.tab.name else [])],
        )

    def _groups(self, visible: JobQuerySet) -> tuple[list[Group], Pager]:
        if self.search.session is not None:
            return self._one_session(visible, self.search.session)
        sessions, pager = self._page_of_sessions(visible)
        unfolded = {session.id for session in sessions if self._is_open(session, sessions)}
        rows = self._rows(self._preview(visible, unfolded))
        facts = self._facts(sessions)
        return [self._group(session, facts, rows, session.id in unfolded) for session in sessions], pager

    def _is_open(self, session: Session, page: list[Session]) -> bool:
        return self.fold.is_open(folds.name_of(session.id), session in page[:UNFOLDED])

    def _page_of_sessions(self, visible: JobQuerySet) -> tuple[list[Session], Pager]:
        """Sessions with work that is not over come first, then by age; the cursor is `rank.id` of the last one."""
        jobs_of = AgentJob.objects.in_workspace(self.place.workspace.id).filter(session=OuterRef("pk"))
        sessions: QuerySet[Session] = (
            Session.objects.in_workspace(self.place.workspace.id)
            .filter(Exists(visible.filter(session=OuterRef("pk"))))
            .annotate(
                rank=Case(
                    When(Exists(jobs_of.in_state(*OPEN)), then=Value(0)), default=Value(1), output_field=IntegerField()
                )
            )
            .order_by("rank", "-pk")
        )
        cursor = _cursor(self.asked.after)
        if cursor is not None:
            rank, last = cursor
            sessions = sessions.filter(rank=rank, pk__lt=last) | sessions.filter(rank__gt=rank)
        page = list(sessions[: PAGE + 1])
        last_one = page[PAGE - 1] if len(page) > PAGE else None
        after = f"{last_one.rank}.{last_one.pk.hex}" if last_one is not None else ""  # type: ignore[attr-defined]
        return page[:PAGE], self._pager(after)

    def _one_session(self, visible: JobQuerySet, name: str) -> tuple[list[Group], Pager]:
        session = Session.objects.in_workspace(self.place.workspace.id).filter(name=name).first()
        if session is None:
            return [], Pager()
        jobs = visible.order_by("-pk")
        last = _id(self.asked.after)
        page = list(_with_names(jobs.filter(pk__lt=last) if last else jobs)[: PAGE + 1])
        if not page:
            return [], Pager()
        rows = {session.id: self._rows(page[:PAGE])[session.id]}
        after = page[PAGE - 1].pk.hex if len(page) > PAGE else ""
        return [self._group(session, self._facts([session]), rows, True, alone=True)], self._pager(after)

    def _pager(self, after: str) -> Pager:
        base = reverse("pages:tasks")
        first = base + self._query() if self.asked.after else ""
        return Pager(previous=first, next=base + self._query(after=after) if after else "")

    def _preview(self, visible: JobQuerySet, sessions: Iterable[UUID]) -> list[AgentJob]:
        """Some jobs of each state of each session, in one statement."""
        states = {state: PREVIEW_OF_ONE_STATE for state in self.tab.states} or PREVIEW
        parts = [
            _in_order(visible.filter(session=session), state).values_list("pk", flat=True)[:limit]
            for session in sessions
            for state, limit in states.items()
        ]
        if not parts:
            return []
        ids = list(parts[0].union(*parts[1:], all=True)) if len(parts) > 1 else list(parts[0])
        found = _with_names(self.here).in_bulk(ids)
        return [found[id] for id in ids if id in found]

    def _rows(self, jobs: list[AgentJob]) -> dict[UUID, list[Row]]:
        waits = waits_of(jobs, self.now)
        may_act = self.place.may(Role.OPERATOR)
        rows: dict[UUID, list[Row]] = {}
        for job in jobs:
            rows.setdefault(job.session_id, []).append(row_of(job, self.now, waits, may_act=may_act))
        return rows

    def _facts(self, sessions: list[Session]) -> dict[UUID, tuple[dict[str, int], datetime | None]]:
        """Of each session of the page: its jobs by state, and when the last of them changed."""
        facts: dict[UUID, tuple[dict[str, int], datetime | None]] = {session.id: ({}, None) for session in sessions}
        rows = (
            self.here.of_sessions(facts)
            .order_by()
            .values_list("session_id", "state")
            .annotate(n=Count("pk"), last=Max("state_since"))
        )
        for session_id, state, number, last in rows:
            counts, before = facts[session_id]
            counts[state] = number
            facts[session_id] = (counts, last if before is None else max(before, last))
        return facts

    def _group(
        self,
        session: Session,
        facts: dict[UUID, tuple[dict[str, int], datetime | None]],
        rows: dict[UUID, list[Row]],
        is_open: bool,
        *,
        alone: bool = False,
    ) -> Group:
        counts, last_at = facts[session.id]
        shown = rows.get(session.id, [])
        more = 0 if alone or not is_open else self._matching_in(session, counts) - len(shown)
        return Group(
            id=session.id.hex,
            fold=folds.name_of(session.id),
            name=session.name,
            opened_at=session.created_at,
            opened_ago=times.ago(session.created_at, self.now),
            by=session.opened_by.partition(":")[2],
            note="closed" if session.closed_at else "paused" if session.paused_at else "",
            done=f"{bar.completed(counts):,}",
            total=f"{sum(counts.values()):,}",
            bar=bar.bar_of(counts),
            counts=bar.count_parts(counts),
            last_at=last_at,
            last_ago=times.ago(last_at, self.now) if last_at else "",
            open=is_open,
            loaded=is_open,
            rows=shown,
            more=f"{counted(more, 'more task')} in this session" if more > 0 else "",
            more_url=reverse("pages:tasks") + self.place.query(state=self.tab.name, q=self._narrowed(session)),
            actions=self._actions(session, counts),
        )

    def _matching_in(self, session: Session, counts: dict[str, int]) -> int:
        if not self.search.terms and not self.search.words:
            return sum(counts.get(state, 0) for state in self.tab.states or State)
        return self.matching.filter(session=session).order_by()[: tabs.CAP + 1].count()

    def _narrowed(self, session: Session) -> str:
        return f"{self.asked.q} {search.Term('session', (session.name,))}".strip()

    def _actions(self, session: Session, counts: dict[str, int]) -> list[Action]:
        if not self.place.may(Role.OPERATOR) or not any(counts.get(state) for state in OPEN):
            return []
        return [Action("Cancel all…", reverse("pages:cancel-session", args=[session.id]), danger=True)]

    def _query(self, after: str = "") -> str:
        return self.place.query(state=self.tab.name, q=self.asked.q, after=after)

    def _newest(self) -> UUID | None:
        newest: UUID | None = (
            AgentJob.objects.in_workspace(self.place.workspace.id).order_by("-pk").values_list("pk", flat=True).first()
        )
        return newest

    def _has_any(self) -> bool:
        return AgentJob.objects.in_workspace(self.place.workspace.id).exists()

    def _said(self) -> str:
        where = f" in {self.place.label}" if self.place.project else ""
        what = f" under “{self.tab.label}”" if self.tab.states else ""
        words = f" that matches “{self.asked.q}”" if self.asked.q else ""
        return f"There is no task{what}{where}{words}."


def _in_order(jobs: JobQuerySet, state: State) -> JobQuerySet:
    """Those of one state: what is queued in the order in which it starts, the rest newest first."""
    return jobs.filter(state=state).order_by(*(("rank", "pk") if state == State.QUEUED else ("-pk",)))


def _with_names(jobs: JobQuerySet) -> JobQuerySet:
    return jobs.select_related("session", "agent", "workspace").defer(
        "work", "data", "arguments", "metadata", "spec", "result", "description"
    )


def _id(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _cursor(text: str) -> tuple[int, UUID] | None:
    rank, _, id = text.partition(".")
    last = _id(id)
    return (int(rank), last) if rank in ("0", "1") and last is not None else None
