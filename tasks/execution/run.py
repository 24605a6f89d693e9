"""One attempt, from the claim to its end: the way of a job through a worker."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from agents.runtimes import registry
from agents.runtimes.base import Work
from agents.runtimes.classify import classify
from agents.runtimes.failure import Failure, timed_out
from agents.sandbox.base import Limits, Usage
from agents.sandbox.directory import work_directory
from agents.sandbox.local import LocalSandbox
from tasks import lifecycle, transitions
from tasks.execution.gate import Gate
from tasks.execution.host import RunHost
from tasks.execution.ledger import Ledger, in_database, in_database_async, insist
from tasks.execution.records import Notes
from tasks.execution.retry import GiveUp, TryAgain, after_failure
from tasks.execution.watch import Stop, Watch, Why
from tasks.execution.worker import ThisWorker, this_worker
from tasks.spec.choices import JobType
from tasks.transitions import Claim

log = logging.getLogger(__name__)


@dataclass
class Ending:
    """How a run ended: a result, a failure, or a reason to stop; with what it used and has not yet written."""

    result: Any = None
    failure: Failure | None = None
    stop: Stop | None = None
    usage: Usage = field(default_factory=Usage)
    notes: Notes | None = None
    lease_ends_at: float = 0.0


def perform(job: UUID, epoch: int) -> None:
    """Claim the job and run it here, if the hand-off still holds: late and duplicate messages do nothing."""
    worker = this_worker()
    if worker.is_stopping:
        return
    claim = in_database(lambda: transitions.claim(job, epoch, worker.id))
    if claim is None:
        log.info("The hand-off did not hold any more", extra={"job": str(job), "epoch": epoch})
        return
    ending = asyncio.run(_run(claim, worker))
    insist(lambda: _write(claim, ending), until=max(ending.lease_ends_at, time.monotonic() + 1))


async def _run(claim: Claim, worker: ThisWorker) -> Ending:
    if claim.type != JobType.EXECUTE_TASK:
        return await _run_lifecycle(claim)
    name = f"{claim.id}.{claim.attempt}"
    try:
        async with work_directory(_base(worker), name) as directory:
            return await _run_work(claim, worker, directory)
    except OSError as error:
        return Ending(failure=classify(error), lease_ends_at=time.monotonic() + settings.INTERLOCK.lease_seconds)


async def _run_lifecycle(claim: Claim) -> Ending:
    try:
        return Ending(result=await in_database_async(lambda: lifecycle.perform(claim)))
    except Exception as error:
        return Ending(failure=classify(error))


async def _run_work(claim: Claim, worker: ThisWorker, directory: Path) -> Ending:
    sandbox = LocalSandbox(directory, platform=_told(claim))
    ledger = Ledger(claim)
    host = RunHost(ledger, Gate(claim.workspace_id, ledger), sandbox)
    watch = Watch(claim, worker, sandbox)
    work = asyncio.create_task(registry.get(claim.runtime).run(_work(claim, directory), host))
    watching = asyncio.create_task(watch.until_stop())
    flushing = asyncio.create_task(ledger.keep_flushing())
    ending = Ending()
    try:
        await asyncio.wait({work, watching}, timeout=claim.timeout_ms / 1000, return_when=asyncio.FIRST_COMPLETED)
        ending = await _end(claim, work, watching)
    finally:
        await _end_all(work, watching, flushing)
        await sandbox.close()
    ending.usage = sandbox.usage
    ending.notes = ledger.rest()
    ending.lease_ends_at = watch.lease_ends_at
    return ending


async def _end(claim: Claim, work: asyncio.Task[Any], watching: asyncio.Task[Stop]) -> Ending:
    if work.done():
        try:
            return Ending(result=work.result())
        except Exception as error:
            return Ending(failure=classify(error))
    if watching.done():
        return Ending(stop=watching.result())
    seconds = claim.timeout_ms / 1000
    return Ending(failure=timed_out("timed_out", f"The attempt took longer than its limit of {seconds:g} s."))


async def _end_all(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with contextlib.suppress(asyncio.CancelledError, Exception):  # how they end does not matter any more
            await task


def _write(claim: Claim, ending: Ending) -> None:
    """Everything that the end says, in one transaction."""
    if ending.stop is not None and ending.stop.why is Why.LEASE_LOST:
        log.warning("The lease was lost; what the run did is void", extra={"job": str(claim.id)})
        return
    if ending.notes is None:
        _leave(claim, ending)
        return
    with transaction.atomic():
        ending.notes.write()
        _leave(claim, ending)


def _leave(claim: Claim, ending: Ending) -> bool:
    if ending.stop is not None:
        if ending.stop.why is Why.CANCELLED:
            return transitions.stop(claim, ending.usage, ending.stop.reason)
        return transitions.hand_back(claim, ending.usage, ending.stop.reason)
    if ending.failure is None:
        return transitions.complete(claim, ending.result, ending.usage)
    base = settings.INTERLOCK.retry_base_seconds
    match after_failure(ending.failure, claim.failures + 1, claim.max_attempts, base):
        case TryAgain(delay):
            return transitions.retry_later(claim, ending.failure, delay, ending.usage)
        case GiveUp(kind):
            return transitions.fail(claim, ending.failure, kind, ending.usage)


def _work(claim: Claim, directory: Path) -> Work:
    return Work(
        job_id=str(claim.id),
        attempt=claim.attempt,
        runtime=claim.runtime,
        data=claim.work,
        directory=directory,
        limits=_limits(claim),
    )


def _limits(claim: Claim) -> Limits:
    given = {name: value for name, value in (("cpu", claim.cpu), ("memory_mb", claim.memory_mb)) if value is not None}
    return Limits(**given, grace_seconds=settings.INTERLOCK.cancel_grace_seconds)


def _told(claim: Claim) -> dict[str, str]:
    """What every program may know of the platform."""
    return {
        "INTERLOCK_JOB_ID": str(claim.id),
        "INTERLOCK_ATTEMPT": str(claim.attempt),
        "INTERLOCK_SESSION_ID": str(claim.session_id),
    }


def _base(worker: ThisWorker) -> Path:
    """Where the directories of this worker's attempts are."""
    return Path(tempfile.gettempdir()) / "interlock" / worker.id
