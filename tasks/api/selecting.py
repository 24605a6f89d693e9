"""The body by which verbs for many say which jobs: ids, or the words that the list of tasks takes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import Field

from agents.actor import Actor
from agents.errors import InvalidInput
from tasks.api import queries
from tasks.api.job import Reason
from tasks.api.job_filters import FILTERS, TYPE, matching
from tasks.querysets import JobQuerySet

KNOWN = (*FILTERS, TYPE)
MOST_IDS = 5000
NOTHING_SAID = (
    "Say which jobs: by `ids`, by a filter as the list of tasks takes it (such as `session`), or every open one with "
    "`all`: true."
)
Said = str | int | list[str | int]


class Selection(Reason):
    """Open jobs that meet all of it."""

    ids: list[str] = Field(default=[], max_length=MOST_IDS, description="Ids of jobs.")
    state: Said = ""
    session: Said = ""
    agent_type: Said = ""
    tag: Said = ""
    priority: Said = ""
    project: Said = ""
    runtime: Said = ""
    tool: Said = ""
    parent: Said = ""
    created_after: Said = ""
    created_before: Said = ""
    q: Said = ""
    type: Said = ""
    error_kind: Said = ""
    workspace: Said = ""
    all: bool = Field(default=False, description="Every open job that the rest does not leave out.")

    def chosen_ids(self) -> list[UUID]:
        return [read_job_id("ids", said) for said in self.ids]

    def matching(self, actor: Actor) -> JobQuerySet:
        """The jobs of the filters; raises InvalidInput where one cannot be, or nothing was said."""
        filters = self._filters()
        if not (self.ids or filters.keys() - {"workspace"} or self.all):
            raise InvalidInput(NOTHING_SAID)
        return matching(actor, queries.read_said(filters, *KNOWN))

    def told(self) -> dict[str, Any]:
        """What was said, for who reads of it later."""
        rest: dict[str, Any] = {"ids": self.ids, "all": self.all}
        return self._filters() | {name: value for name, value in rest.items() if value}

    def _filters(self) -> dict[str, list[str]]:
        said = {parameter.name: getattr(self, parameter.name) for parameter in KNOWN}
        lists = {name: value if isinstance(value, list) else [value] for name, value in said.items()}
        texts = {name: [str(each) for each in value if each != ""] for name, value in lists.items()}
        return {name: value for name, value in texts.items() if value}


def read_job_id(field: str, said: str) -> UUID:
    try:
        id: UUID = queries.read_id(said)
    except ValueError as error:
        raise InvalidInput(f"{field}: {said[:64]!r} cannot be: {error}.") from None
    return id
