"""One attempt of one job: its directory and sandbox, the runtime in them, and how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from django.conf import settings

from agents.runtimes import registry
from agents.runtimes.base import Budget, Work
from agents.runtimes.classify import classify
from agents.runtimes.failure import Failure, timed_out
from agents.sandbox.base import Limits, Usage
from agents.sandbox.directory import work_directory
from agents.sandbox.local import LocalSandbox
from tasks import lifecycle
from tasks.execution.gate import Gate
from tasks.execution.host import RunHost
from tasks.execution.ledger import Ledger, in_database_async
from tasks.execution.records import Notes
from tasks.execution.watch import Stop, Watch
from tasks.spec.choices import JobType
from tasks.transitions import Claim


@dataclass
class Ending:
    """How an attempt ended: a result, a failure, or a reason to stop; what it used, and what is not yet written.

    `killed` tells that a program of it outlived its grace.
    """

    claim: Claim
    result: Any = None
    failure: Failure | None = None
    stop: Stop | None = None
    killed: bool = False
    usage: Usage = field(default_factory=Usage)
    notes: Notes | None = None
    seconds: float = 0.0


async def attempt(claim: Claim, watch: Watch) -> Ending:
    """Carry it out; never raises for what the work does."""
    begun = time.monotonic()
    try:
        ending = await (_work_in_directory if claim.type == JobType.EXECUTE_TASK else _lifecycle)(claim, watch)
    except Exception as error:
        ending = Ending(claim, failure=classify(error))
    watch.over(claim)
    ending.seconds = time.monotonic() - begun
    return ending


async def _lifecycle(claim: Claim, watch: Watch) -> Ending:
    return Ending(claim, result=await in_database_async(lambda: lifecycle.perform(claim)))


async def _work_in_directory(claim: Claim, watch: Watch) -> Ending:
    folder, name = base(claim.worker), f"{claim.id}.{claim.attempt}"
    if not registry.get(claim.runtime).needs_directory(claim.work):
        return await _work(claim, watch, folder / name)
    async with work_directory(folder, name) as directory:
        return await _work(claim, watch, directory)


async def _work(claim: Claim, watch: Watch, directory: Path) -> Ending:
    sandbox = LocalSandbox(directory, platform=_told(claim))
    ledger = Ledger(claim)
    host = RunHost(ledger, Gate(claim, ledger), sandbox)
    stop = watch.begin(claim, sandbox)
    work = asyncio.ensure_future(registry.get(claim.runtime).run(_as_work(claim, directory), host))
    flushing = asyncio.create_task(ledger.keep_flushing())
    ending = Ending(claim)
    try:
        await asyncio.wait({work, stop}, timeout=claim.timeout_ms / 1000, return_when=asyncio.FIRST_COMPLETED)
        ending = _ending(claim, work, stop)
    finally:
        await _end_all(work, flushing)
        await sandbox.close()
    ending.usage, ending.killed = sandbox.usage, sandbox.killed
    ending.notes = ledger.rest(with_progress=ending.failure is not None or ending.stop is not None)
    return ending


def _ending(claim: Claim, work: asyncio.Future[Any], stop: asyncio.Future[Stop]) -> Ending:
    if work.done():
        error = work.exception()
        return Ending(claim, failure=classify(error)) if error else Ending(claim, result=work.result())
    if stop.done():
        return Ending(claim, stop=stop.result())
    seconds = claim.timeout_ms / 1000
    message = f"The attempt took longer than its limit of {seconds:g} s."
    return Ending(claim, failure=timed_out("timed_out", message))


async def _end_all(*tasks: asyncio.Future[Any]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with contextlib.suppress(asyncio.CancelledError, Exception):  # how they end does not matter any more
            await task


def _as_work(claim: Claim, directory: Path) -> Work:
    return Work(
        job_id=str(claim.id),
        attempt=claim.attempt,
        runtime=claim.runtime,
        data=claim.work,
        directory=directory,
        limits=_limits(claim),
        budget=_budget(claim),
    )


def _budget(claim: Claim) -> Budget:
    return Budget(
        tokens=claim.token_budget,
        turns=claim.turn_budget,
        tool_calls=claim.work.get("tool_calls"),
        cost=claim.cost_budget,
        seconds=claim.timeout_ms / 1000,
    )


def _limits(claim: Claim) -> Limits:
    limits = Limits(cpu=claim.cpu, grace_seconds=settings.INTERLOCK.cancel_grace_seconds)
    return limits if claim.memory_mb is None else replace(limits, memory_mb=claim.memory_mb)


def _told(claim: Claim) -> dict[str, str]:
    """What every program may know of the platform."""
    return {
        "INTERLOCK_JOB_ID": str(claim.id),
        "INTERLOCK_ATTEMPT": str(claim.attempt),
        "INTERLOCK_SESSION_ID": str(claim.session_id),
    }


def base(worker: str) -> Path:
    """Where the directories of a worker's attempts are."""
    return Path(tempfile.gettempdir()) / "interlock" / worker
