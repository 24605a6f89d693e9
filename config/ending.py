"""Signals ask this process to end; it does so at the next place where that is safe.

A handler that raised would be swallowed wherever Python happens to be in a destructor, and the process would stay.
So the handler only takes note, and whatever waits here asks every few hundredths of a second.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

LOOK_EVERY_SECONDS = 0.05


class Ended(BaseException):
    """A signal asked this process to end."""


class _State:
    requested = False


@contextmanager
def by_signals() -> Iterator[None]:
    """SIGTERM, SIGHUP and Ctrl-C end the block in good order; further ones do not disturb the tidying up."""
    before = {number: signal.signal(number, _note) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    _State.requested = False
    try:
        yield
    except Ended:
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def pause(seconds: float) -> None:
    """Wait that long. Raises Ended as soon as a signal has asked for it."""
    give_up = time.monotonic() + seconds
    while not _State.requested and (left := give_up - time.monotonic()) > 0:
        time.sleep(min(left, LOOK_EVERY_SECONDS))
    if _State.requested:
        raise Ended


def _note(number: int, frame: object) -> None:
    _State.requested = True
