"""A run that must wait: its files are kept, its job gives everything back, and goes on when all is decided."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from agents.tools.base import Effect
from tasks import signals, transitions
from tasks.execution import archives
from tasks.execution.records import LogLine, Notes
from tasks.execution.watch import Why
from tasks.transitions import Claim

if TYPE_CHECKING:
    from tasks.execution.attempt import Ending

NOT_KEPT = (
    f"The job's directory was not kept ({{}}; kept are {archives.MOST_BYTES // 2**20} MiB in {archives.MOST_FILES:,} "
    "files at most): calls that worked in it will run again, and those with effects outside will ask."
)


async def in_kept_directory(
    claim: Claim, directory: Path, work: Callable[[frozenset[int]], Awaitable[Ending]]
) -> Ending:
    """Do the work in the directory as an earlier attempt left it; and where it has to go on later, keep that again."""
    restored = await archives.restore(claim, directory)
    ending = await work(restored)
    ending.restored = bool(restored)
    if _needs_files(ending):
        try:
            ending.kept = await archives.keep(claim, directory, restored)
        except (archives.TooLarge, OSError) as problem:
            _note(ending, NOT_KEPT.format(getattr(problem, "strerror", None) or "it is too large"))
    return ending


def keep_files(endings: Sequence[Ending]) -> None:
    """In the transaction that ends these attempts."""
    for ending in endings:
        if ending.kept is not None:
            archives.write(ending.claim, ending.kept)
        elif ending.restored and ending.failure is None and ending.stop is None and not ending.suspended:
            archives.drop(ending.claim)


def suspend(ending: Ending) -> bool:
    """In the transaction that wrote what is asked; whoever decides hears of it."""
    done = transitions.suspend(ending.claim, ending.usage, ending.suspended)
    if done:
        signals.tell_asked([ending.claim.id])
    return done


HANDED_BACK = (Why.WORKER_STOPS, Why.ASKED_BACK)


def _needs_files(ending: Ending) -> bool:
    """Whether a later attempt takes results for granted whose files are here: not where it is done or cancelled.

    A failed one begins again with all but its external calls.
    """
    if ending.suspended:
        return ending.restored or ending.worked_in_files is not None
    goes_on = ending.failure is not None or (ending.stop is not None and ending.stop.why in HANDED_BACK)
    return goes_on and (ending.restored or ending.worked_in_files is Effect.EXTERNAL)


def _note(ending: Ending, sentence: str) -> None:
    line = LogLine("system", sentence, datetime.now(UTC))
    if ending.notes is None:
        ending.notes = Notes(ending.claim, [line], [])
    else:
        ending.notes.lines.append(line)
