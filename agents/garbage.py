"""How a process that lives long collects its garbage: seldom, and never through what was there before it worked."""

from __future__ import annotations

import gc

THRESHOLDS = (100_000, 50, 100)
"""Python's own (700, 10, 10) are for small programs: a batch of 5,000 jobs makes some 400,000 objects that stay until
it is answered, and to walk through all of them again and again took a third of the time."""


def settle() -> None:
    """To be called when all that stays for the life of the process has been loaded."""
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
