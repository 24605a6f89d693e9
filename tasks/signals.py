"""What upper rooms may hear of. A signal carries ids, in the transaction of what it tells; the receiver reads the rows.

Whoever hears must also look by itself now and then: bulk SQL sends nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from uuid import UUID

from django.dispatch import Signal

log = logging.getLogger(__name__)

asked = Signal()
"""`jobs`: the ids of jobs that now wait for somebody's decision, on themselves or on calls of theirs."""


def tell_asked(jobs: Iterable[UUID]) -> None:
    """A receiver that fails harms nobody: what it did not do is found later."""
    for receiver, error in asked.send_robust(None, jobs=list(jobs)):
        if isinstance(error, Exception):
            log.error("%s failed, its sweep will find it: %s", receiver, error)
