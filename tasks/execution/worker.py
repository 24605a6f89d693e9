"""Which worker this process belongs to, known to the parent and, by the fork, to each of its children."""

from __future__ import annotations

import mmap
import uuid
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ThisWorker:
    """`id` is new with every start, so that messages and claims of an earlier life mean nobody."""

    name: str
    slots: int
    id: str = ""
    _stopping: mmap.mmap = field(default_factory=lambda: mmap.mmap(-1, 1), repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", f"{self.name[:50]}-{uuid.uuid4().hex[:8]}")

    def say_stopping(self) -> None:
        """Tell the children, in memory that they share: it works while the database is away too."""
        self._stopping[0] = 1

    @property
    def is_stopping(self) -> bool:
        return self._stopping[0] == 1


_this: ThisWorker | None = None


def become(name: str, slots: int) -> ThisWorker:
    """To be called once, before the pool forks."""
    global _this
    _this = ThisWorker(name, slots)
    return _this


def this_worker() -> ThisWorker:
    if _this is None:
        raise RuntimeError("This process is no Interlock worker; start one with `interlock worker`.")
    return _this
