"""The address of the monitor, read: where, what is searched, under which tab, from which cursor on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.urls import reverse

from tasks.models import AgentJob
from tasks.pages import search, tabs
from tasks.pages.folds import Folds
from tasks.pages.places import Place
from tasks.pages.search import Search
from tasks.pages.tabs import StateTab
from tasks.querysets import JobQuerySet


@dataclass(frozen=True)
class Asked:
    """What stands in the address. `seen` is the newest job that the person has been shown."""

    q: str = ""
    tab: str = ""
    after: str = ""
    seen: str = ""


@dataclass(frozen=True)
class Reading:
    """The same, understood. `here` are the jobs of the place, `found` those that the search leaves of them, and
    `matching` those of them that belong under the tab."""

    place: Place
    search: Search
    tab: StateTab
    after: str
    seen: UUID | None
    fold: Folds
    now: datetime
    here: JobQuerySet
    found: JobQuerySet
    matching: JobQuerySet

    @property
    def everywhere(self) -> JobQuerySet:
        """All jobs of the workspace."""
        jobs: JobQuerySet = AgentJob.objects.in_workspace(self.place.workspace.id)
        return jobs

    def url(self, **changed: str) -> str:
        """The address of the monitor with the same filter, and what is `changed`."""
        query = {"state": self.tab.name, "q": self.search.text} | changed
        return reverse("pages:tasks") + self.place.query(**query)


def read(place: Place, asked: Asked, fold: Folds, now: datetime) -> Reading:
    understood, tab = search.read(asked.q), tabs.find(asked.tab)
    here: JobQuerySet = AgentJob.objects.in_workspace(place.workspace.id)
    if place.project:
        here = here.filter(project=place.project)
    found = understood.apply(here, now)
    matching = found.in_state(*tab.states) if tab.states else found
    return Reading(
        place, understood, tab, asked.after, id_of(asked.seen), fold, now, here=here, found=found, matching=matching
    )


def id_of(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
