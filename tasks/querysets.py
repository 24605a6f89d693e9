"""Chainable reads over jobs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self
from uuid import UUID

from django.db.models import Count, Q

from agents.tenancy import TenantQuerySet
from tasks.states import OPEN, OVER, WAITING, State


class JobQuerySet(TenantQuerySet):
    """Jobs. Every public read starts with `for_user` or `in_workspace`."""

    def in_state(self, *states: str) -> Self:
        return self.filter(state__in=states)

    def waiting(self) -> Self:
        return self.filter(state__in=WAITING)

    def open(self) -> Self:
        return self.filter(state__in=OPEN)

    def over(self) -> Self:
        return self.filter(state__in=OVER)

    def tagged(self, *tags: str) -> Self:
        return self.filter(tags__contains=list(tags))

    def of_sessions(self, sessions: Iterable[object]) -> Self:
        return self.filter(session_id__in=list(sessions))

    def submitted_by(self, parent: str) -> Self:
        """The jobs that the job with this id submitted; none for a text that is no id."""
        try:
            return self.filter(parents__parent_id=UUID(parent))
        except ValueError:
            return self.none()

    def mentioning(self, text: str) -> Self:
        """Whose title, description or key holds every word of the text."""
        found = self
        for word in text.split():
            found = found.filter(Q(title__icontains=word) | Q(description__icontains=word) | Q(key__icontains=word))
        return found

    def counts_by_state(self) -> dict[str, int]:
        """How many there are in each state; states without a job are there with 0."""
        rows = self.order_by().values_list("state").annotate(n=Count("pk"))
        return {state.value: 0 for state in State} | dict(rows)
