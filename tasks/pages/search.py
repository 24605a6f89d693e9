"""What a person writes into the search field: `state:running session:nightly -agent:qa tag:db since:2d some words`.

Several values of one field, `state:failed,cancelled`, are alternatives; a minus excludes; quotes keep spaces. What
is not understood is said, and the rest still counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from django.db.models import Q

from agents.models.agent import AgentType
from tasks.models.job import JobType, RuntimeName
from tasks.querysets import JobQuerySet
from tasks.spec.priorities import parse_priority
from tasks.states import State

LONGEST = 300
_TOKEN = re.compile(r'(?P<minus>-?)(?:(?P<field>[A-Za-z_]+):)?(?:"(?P<quoted>[^"]*)"?|(?P<bare>[^\s"]+))')
_AGE = re.compile(r"(\d{1,5})\s*(m|min|h|d|w)")
_UNIT = {"m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 604_800}
_STATE_WORDS = {"approval": State.PENDING_APPROVAL, "done": State.COMPLETED, "canceled": State.CANCELLED}


@dataclass(frozen=True)
class Term:
    """One condition on one field; `values` are alternatives."""

    field: str
    values: tuple[str, ...]
    excluded: bool = False

    def __str__(self) -> str:
        values = ",".join(f'"{value}"' if re.search(r"[\s,]", value) else value for value in self.values)
        return f"{'-' if self.excluded else ''}{self.field}:{values}"


@dataclass(frozen=True)
class Search:
    """A search that was read. `text` is what the person wrote."""

    text: str = ""
    terms: tuple[Term, ...] = ()
    words: tuple[str, ...] = ()
    complaints: tuple[str, ...] = field(default=(), compare=False)

    @property
    def session(self) -> str | None:
        """The session's name, where exactly one is asked for."""
        asked = [term for term in self.terms if term.field == "session" and not term.excluded]
        return asked[0].values[0] if len(asked) == 1 and len(asked[0].values) == 1 else None

    def apply(self, jobs: JobQuerySet, now: datetime) -> JobQuerySet:
        for term in self.terms:
            condition = _CONDITIONS[term.field](term.values, now)
            jobs = jobs.filter(~condition if term.excluded else condition)
        return jobs.mentioning(" ".join(self.words)) if self.words else jobs


def read(text: str) -> Search:
    """Never refuses: what cannot be read becomes a complaint."""
    text = text.replace("\x00", "")[:LONGEST].strip()
    search = Search(text)
    for found in _TOKEN.finditer(text):
        name, value = (found["field"] or "").lower(), found["quoted"] if found["bare"] is None else found["bare"]
        if not value:
            continue
        if not name:
            search = replace(search, words=(*search.words, found["minus"] + value))
        else:
            search = _with_term(search, name, value, bool(found["minus"]), quoted=found["bare"] is None)
    return search


def _with_term(search: Search, name: str, value: str, excluded: bool, *, quoted: bool) -> Search:
    if name not in _CONDITIONS:
        known = ", ".join(sorted(_CONDITIONS))
        return _complaining(search, f"There is no filter “{name}:”, so it was left out; there are {known}.")
    values = (value,) if quoted else tuple(part for part in value.split(",") if part)
    try:
        values = tuple(_NORMAL.get(name, str)(part) for part in values)
    except ValueError as error:
        return _complaining(search, f"“{name}:{value}” was left out: {error}.")
    return replace(search, terms=(*search.terms, Term(name, values, excluded))) if values else search


def _complaining(search: Search, sentence: str) -> Search:
    return replace(search, complaints=(*search.complaints, sentence))


def _choice(choices: list[str], what: str) -> Callable[[str], str]:
    def normal(value: str) -> str:
        if value.lower() not in choices:
            raise ValueError(f"{what} are {', '.join(choices)}")
        return value.lower()

    return normal


def _state(value: str) -> str:
    word = value.lower().replace("-", "_").replace(" ", "_")
    word = _STATE_WORDS.get(word, word)
    if word not in set(State):
        raise ValueError(f"states are {', '.join(State)}")
    return str(word)


def _priority(value: str) -> str:
    return str(int(parse_priority(value)))


def _since(value: str) -> str:
    if not _AGE.fullmatch(value.lower()):
        try:
            datetime.fromisoformat(value)
        except ValueError:
            raise ValueError("write an age such as 30m, 12h or 2d, or a day such as 2026-01-31") from None
    return value.lower()


def _moment(value: str, now: datetime) -> datetime:
    if age := _AGE.fullmatch(value):
        return now - timedelta(seconds=int(age[1]) * _UNIT[age[2]])
    at = datetime.fromisoformat(value)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _any(values: tuple[str, ...], lookup: Callable[[str], Q]) -> Q:
    condition = Q()
    for value in values:
        condition |= lookup(value)
    return condition


_NORMAL: dict[str, Callable[[str], str]] = {
    "state": _state,
    "priority": _priority,
    "since": _since,
    "type": _choice([str(name) for name in JobType], "types"),
    "runtime": _choice([str(name) for name in RuntimeName if name], "runtimes"),
}
_CONDITIONS: dict[str, Callable[[tuple[str, ...], datetime], Q]] = {
    "state": lambda values, now: Q(state__in=values),
    "session": lambda values, now: Q(session__name__in=values),
    "agent": lambda values, now: _any(
        values, lambda value: Q(agent_type=value) if value in set(AgentType) else Q(agent__name=value)
    ),
    "tag": lambda values, now: Q(tags__overlap=list(values)),
    "since": lambda values, now: Q(created_at__gte=max(_moment(value, now) for value in values)),
    "priority": lambda values, now: Q(priority__in=[int(value) for value in values]),
    "type": lambda values, now: Q(type__in=values),
    "runtime": lambda values, now: Q(runtime__in=values),
    "tool": lambda values, now: Q(tool__in=values),
    "key": lambda values, now: Q(key__in=values),
    "by": lambda values, now: Q(submitted_by_label__in=values),
}
