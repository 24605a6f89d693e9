"""How attempts ended, written under their epochs: all that ended well together, the others one by one."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from django.conf import settings
from django.db import transaction

from tasks import transitions
from tasks.execution import checkpoints, contexts, records, suspension
from tasks.execution.attempt import Ending
from tasks.execution.retry import GiveUp, TryAgain, after_failure
from tasks.execution.watch import Why
from tasks.transitions import Completed

log = logging.getLogger(__name__)


def write(endings: Sequence[Ending]) -> None:
    """One transaction; an ending whose lease was lost writes nothing.

    Those that ended well are locked, in their order, by the one statement that completes them.
    """
    held = [ending for ending in endings if not _lost(ending)]
    good = [e for e in held if e.stop is None and e.failure is None and not e.suspended]
    with transaction.atomic():
        if 1 < len(held) > len(good):
            transitions.lock(ending.claim for ending in held)
        records.write([ending.notes for ending in held if ending.notes is not None])
        suspension.keep_files(held)
        for ending in good:
            contexts.finish(ending.claim)
        if good:
            transitions.complete([Completed(e.claim, e.result, e.usage, e.seconds) for e in good])
            for ending in good:
                checkpoints.drop(ending.claim)
        for ending in held:
            if ending.suspended and ending.stop is None:
                suspension.suspend(ending)
            elif ending.stop is not None or ending.failure is not None:
                _leave(ending)


def _lost(ending: Ending) -> bool:
    lost = ending.stop is not None and ending.stop.why is Why.LEASE_LOST
    if lost:
        log.warning("The lease was lost; what the job did is void", extra={"job": str(ending.claim.id)})
    return lost


def _leave(ending: Ending) -> bool:
    claim, failure = ending.claim, ending.failure
    if ending.stop is not None:
        if ending.stop.why is Why.CANCELLED:
            return transitions.stop(claim, ending.usage, ending.stop.reason, killed=ending.killed)
        return transitions.hand_back(claim, ending.usage, ending.stop.reason)
    assert failure is not None
    match after_failure(failure, claim.failures + 1, claim.max_attempts, settings.INTERLOCK.retry_base_seconds):
        case TryAgain(delay):
            return transitions.retry_later(claim, failure, delay, ending.usage)
        case GiveUp(kind):
            return transitions.fail(claim, failure, kind, ending.usage)
