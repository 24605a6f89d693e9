"""One thing that was looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """`sentence` says how it is; where it is wrong, `remedy` says what to do."""

    name: str
    ok: bool
    sentence: str
    remedy: str = ""


Checks = Callable[[], Iterator[Check]]


def right(name: str, sentence: str) -> Check:
    return Check(name, True, sentence)


def wrong(name: str, sentence: str, remedy: str) -> Check:
    return Check(name, False, sentence, remedy)
