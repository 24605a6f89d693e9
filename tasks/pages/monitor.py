"""What /tasks/ shows.

A page of sessions shows a handful of rows of each that is open. Where the search names one session, the page shows
that session alone with 50 rows. What was submitted after the person last looked (`seen`) is counted, not shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse

from agents.models import Session
from tasks.pages import folds, groups, listing, tabs
from tasks.pages.groups import Group
from tasks.pages.reading import Reading
from tasks.querysets import JobQuerySet

UNFOLDED = 3  # sessions that are open until a person folds them


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
    kept: list[tuple[str, str]]
    first_command: str = "interlock task add --command --wait -- echo hello"

    @property
    def new(self) -> str:
        return tabs.capped(self.new_count) if self.new_count else ""


def look(reading: Reading) -> Monitor:
    place, tab, seen = reading.place, reading.tab, reading.seen
    visible, new_count = _without_new(reading)
    shown, pager = _groups(reading, visible)
    if not shown and new_count:  # an empty page has nothing that could jump
        seen, new_count = None, 0
        shown, pager = _groups(reading, reading.matching)
    filtered = bool(reading.search.text or tab.states or place.project)
    return Monitor(
        q=reading.search.text,
        topic=f"tasks:{place.workspace.id}",
        url=reading.url(after=reading.after),
        seen=str(seen or _newest(reading) or ""),
        tabs=tabs.shown(reading.found, place, tab, reading.search.text),
        complaints=reading.search.complaints,
        groups=shown,
        new_count=new_count,
        pager=pager,
        is_filtered=filtered and reading.everywhere.exists(),
        said=_said(reading),
        clear_url=reverse("pages:tasks") + place.query(project=""),
        new_url=reverse("pages:new") + place.query(),
        kept=[*place.named.items(), *([("state", tab.name)] if tab.name else [])],
    )


def _without_new(reading: Reading) -> tuple[JobQuerySet, int]:
    """What the person may be shown without a row jumping, and how many are held back."""
    if reading.seen is None or reading.after:
        return reading.matching, 0
    new = reading.matching.filter(pk__gt=reading.seen).order_by()
    return reading.matching.filter(pk__lte=reading.seen), new[: tabs.CAP + 1].count()


def _groups(reading: Reading, visible: JobQuerySet) -> tuple[list[Group], Pager]:
    if reading.search.session is not None:
        return _one_session(reading, visible, reading.search.session)
    page = listing.sessions(reading, visible)
    unfolded = {
        session.id
        for place, session in enumerate(page.found)
        if reading.fold.is_open(folds.name_of(session.id), place < UNFOLDED)
    }
    jobs = listing.previews(reading, visible, unfolded)
    return groups.build(reading, page.found, jobs, unfolded, all_rows=False), _pager(reading, page.after)


def _one_session(reading: Reading, visible: JobQuerySet, name: str) -> tuple[list[Group], Pager]:
    session = Session.objects.in_workspace(reading.place.workspace.id).filter(name=name).first()
    page = listing.jobs_of(reading, visible, session) if session else None
    if session is None or page is None or not page.found:
        return [], Pager()
    return groups.build(reading, [session], page.found, {session.id}, all_rows=True), _pager(reading, page.after)


def _pager(reading: Reading, after: str) -> Pager:
    return Pager(
        previous=reading.url() if reading.after else "",
        next=reading.url(after=after) if after else "",
    )


def _newest(reading: Reading) -> UUID | None:
    newest: UUID | None = reading.everywhere.order_by("-pk").values_list("pk", flat=True).first()
    return newest


def _said(reading: Reading) -> str:
    """What was looked for in vain."""
    where = f" in {reading.place.label}" if reading.place.project else ""
    what = f" under “{reading.tab.label}”" if reading.tab.states else ""
    words = f" that matches “{reading.search.text}”" if reading.search.text else ""
    return f"There is no task{what}{where}{words}."
