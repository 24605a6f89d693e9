"""The work that every queue is given: write down when its first line ran, and nothing else.

Each job appends eight bytes to one file, whichever process or thread it runs in: a small append is atomic, costs about
a microsecond, and is the same for all.
"""

from __future__ import annotations

import os
import struct
import time
from functools import cache
from pathlib import Path

VARIABLE = "BENCH_STAMPS"
PATIENCE = 30.0
_STAMP = struct.Struct("d")


def stamp() -> None:
    """The no-op job."""
    now = time.time()
    os.write(_file(), _STAMP.pack(now))


@cache
def _file() -> int:
    return os.open(os.environ[VARIABLE], os.O_WRONLY | os.O_APPEND)


class Stamps:
    """What the jobs wrote, seen from outside."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.touch()

    def __len__(self) -> int:
        return self._path.stat().st_size // _STAMP.size

    def times(self) -> list[float]:
        """When each began, in seconds since the epoch, the earliest first."""
        return sorted(time for (time,) in _STAMP.iter_unpack(self._path.read_bytes()))

    def wait_for(self, count: int, poll: float = 0.0005) -> None:
        """Until so many jobs have begun; raises TimeoutError when for a while none more begins."""
        seen, since = -1, time.monotonic()
        while (begun := len(self)) < count:
            now = time.monotonic()
            if begun > seen:
                seen, since = begun, now
            elif now - since > PATIENCE:
                raise TimeoutError(f"{begun} of {count} jobs began, and then none for {PATIENCE:g} s")
            time.sleep(poll)
