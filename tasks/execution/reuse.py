"""What a call that an earlier attempt recorded is worth to the next one. Pure.

The rules, in words:

* A call that is known to have ended well is not made again: its recorded result is taken. After a suspension, a crash
  or a lost lease that goes for every call; after a failure, and when somebody retries the job, for external calls only,
  since to look again is what another try is for.
* A result whose tool worked in the job's directory stands only while that directory is there. Where it was lost, calls
  that are pure or idempotent run again, and an external one asks: its effect is made, and its files are gone.
* One that began and has no end is in doubt: pure and idempotent ones run again, an external one asks.
* One that failed runs again, as the policy allows now.
* One that waits for other jobs goes on waiting, as it was permitted; after a failure, and in another life of the job,
  it is made again like any.
* A grant holds until the job ends; a retry asks anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from agents.errors import InterlockError
from agents.tools import registry
from agents.tools.base import Effect
from tasks.models.call import CallState

IN_DOUBT = "An earlier run of it began and nobody knows how it ended: it may have been done already."
FILES_LOST = "It was done before, but the files that it left in the job's directory were lost."


class Use(StrEnum):
    """What becomes of the call now."""

    REUSE = "reuse"
    AGAIN = "again"
    ASK = "ask"
    GRANTED = "granted"
    DENIED = "denied"
    GO_ON = "go on"


@dataclass(frozen=True)
class Entry:
    """What the journal has of a call: its newest record with this index, tool and digest.

    `holds` says that its decision was made in this life of the job, `continues` that nothing but interruptions lie
    between its attempt and now.
    """

    id: UUID
    attempt: int
    index: int
    tool: str
    digest: str
    effect: Effect
    arguments: dict[str, Any]
    state: CallState
    result: Any
    error: str
    verdict: str
    rule: str
    outcome: str
    why: str
    asks: int
    decided_by: str
    holds: bool
    continues: bool


def use_of(entry: Entry, attempts_with_files: frozenset[int]) -> Use:
    """What to do with a call that is on record; `attempts_with_files` are those whose directory is there again."""
    match entry.state:
        case CallState.DONE:
            return _use_of_done(entry, attempts_with_files)
        case CallState.BEGAN | CallState.UNKNOWN:
            return Use.ASK if entry.effect is Effect.EXTERNAL else Use.AGAIN
        case CallState.GRANTED if entry.holds:
            return Use.GRANTED
        case CallState.DENIED if entry.holds:
            return Use.DENIED
        case CallState.WAITS if entry.continues:
            return Use.GO_ON
        case CallState.ASKED | CallState.GRANTED | CallState.DENIED | CallState.REFUSED if doubt_in(entry.why):
            return Use.ASK  # what was in doubt when it was asked about stays so
        case _:
            return Use.AGAIN


def doubt_of(entry: Entry) -> str:
    """Why a call asks although the policy may allow it."""
    if entry.state is CallState.DONE:
        return FILES_LOST
    return doubt_in(entry.why) or IN_DOUBT


def doubt_in(why: str) -> str:
    """The doubt that a call was asked about for, if there was one."""
    return next((doubt for doubt in (IN_DOUBT, FILES_LOST) if why.startswith(doubt)), "")


def _use_of_done(entry: Entry, attempts_with_files: frozenset[int]) -> Use:
    files_there = entry.attempt in attempts_with_files or not works_in_directory(entry.tool)
    if entry.effect is Effect.EXTERNAL:
        return Use.REUSE if files_there else Use.ASK
    return Use.REUSE if files_there and entry.continues else Use.AGAIN


def works_in_directory(tool: str) -> bool:
    try:
        return registry.get(tool).needs_directory
    except InterlockError:
        return False  # a tool of another server
