"""One attempt of one job: its directory and sandbox, the runtime in them, and how it ends."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from agents.runtimes import registry
from agents.runtimes.base import Budget, Suspend, Work
from agents.runtimes.classify import classify
from agents.runtimes.failure import Failure, timed_out
from agents.sandbox.base import Limits, Usage
from agents.sandbox.directory import work_directory
from agents.sandbox.local import LocalSandbox
from agents.tools.base import JSON, Effect
from agents.tools.mcp.upstream import Upstream
from tasks import lifecycle
from tasks.execution import checkpoints, suspension
from tasks.execution.archives import Kept
from tasks.execution.employment import Employment, employment_of
from tasks.execution.gate import Gate
from tasks.execution.host import RunHost
from tasks.execution.ledger import Ledger, in_database_async
from tasks.execution.offspring import Offspring
from tasks.execution.records import Notes
from tasks.execution.upstream import mail_of, upstream_of
from tasks.execution.watch import Stop, Watch
from tasks.spec.choices import JobType
from tasks.transitions import Claim


@dataclass
class Ending:
    """How an attempt ended: a result, a failure, or a reason to stop; what it used, and what is not yet written.

    `suspended` says what it waits for, and `kept` are the files that the next attempt goes on with. `killed` tells that
    a program of it outlived its grace.
    """

    claim: Claim
    result: Any = None
    failure: Failure | None = None
    stop: Stop | None = None
    suspended: str = ""
    kept: Kept | None = None
    restored: bool = False
    worked_in_files: Effect | None = None
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
    employment = await employment_of(claim)
    if not registry.get(claim.runtime).needs_directory(claim.work | employment.work):
        return await _work(claim, employment, watch, LocalSandbox(_nowhere(claim.worker)))
    async with work_directory(base(claim.worker), f"{claim.id}.{claim.attempt}") as directory:
        sandbox = LocalSandbox(directory, platform=_told(claim))
        return await suspension.in_kept_directory(
            claim, directory, lambda files: _work(claim, employment, watch, sandbox, files)
        )


async def _work(
    claim: Claim, employment: Employment, watch: Watch, sandbox: LocalSandbox, files: frozenset[int] = frozenset()
) -> Ending:
    ledger = Ledger(claim)
    gate = Gate(claim, ledger, files)
    offspring = Offspring(claim)
    host = RunHost(ledger, gate, sandbox, offspring)
    upstream = await upstream_of(claim)
    work = _as_work(claim, employment, sandbox.directory, upstream, offspring, await checkpoints.restore(claim))
    try:
        ending = await _result(claim, watch, sandbox, registry.get(claim.runtime).run(work, host))
    finally:
        await ledger.stop_flushing()
        await upstream.close()
        await sandbox.close()
    ending.usage, ending.killed = sandbox.usage, sandbox.killed
    ending.worked_in_files = gate.worked_in_files
    ending.notes = ledger.rest(with_progress=ending.failure is not None or ending.stop is not None)
    return ending


async def _result(claim: Claim, watch: Watch, sandbox: LocalSandbox, work: Coroutine[Any, Any, Any]) -> Ending:
    """Until it ends, its time is over, or it must stop: the last two cancel it, and it ends when that is through.

    It runs in this very task, so that work of microseconds does not cost the round of an event loop.
    """
    seconds = claim.timeout_ms / 1000
    try:
        async with asyncio.timeout(seconds) as limit:
            watch.begin(claim, sandbox, lambda: limit.reschedule(0))
            return Ending(claim, result=await work)
    except Suspend as waits:
        if not limit.expired():
            return Ending(claim, suspended=str(waits) or "it waits")
    except Exception as error:
        if not limit.expired():
            return Ending(claim, failure=classify(error))
    if stop := watch.stops.get(claim.id):
        return Ending(claim, stop=stop)
    return Ending(claim, failure=out_of_time(seconds))


def out_of_time(seconds: float) -> Failure:
    return timed_out("timed_out", f"The attempt took longer than its limit of {seconds:g} s.")


def _as_work(
    claim: Claim, employment: Employment, directory: Path, upstream: Upstream, offspring: Offspring, resume: JSON
) -> Work:
    return Work(
        job_id=str(claim.id),
        attempt=claim.attempt,
        runtime=claim.runtime,
        data=claim.work | employment.work if employment.work else claim.work,
        earlier=employment.earlier,
        directory=directory,
        limits=_limits(claim),
        tools=upstream.tools,
        mail=mail_of(claim),
        children=offspring,
        budget=_budget(claim),
        resume=resume,
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
    return _bounds(claim.cpu, claim.memory_mb, settings.INTERLOCK.cancel_grace_seconds)


@cache
def _bounds(cpu: float | None, memory_mb: int | None, grace: float) -> Limits:
    limits = Limits(cpu=cpu, grace_seconds=grace)
    return limits if memory_mb is None else replace(limits, memory_mb=memory_mb)


def _told(claim: Claim) -> dict[str, str]:
    """What every program may know of the platform."""
    return {
        "INTERLOCK_JOB_ID": str(claim.id),
        "INTERLOCK_ATTEMPT": str(claim.attempt),
        "INTERLOCK_SESSION_ID": str(claim.session_id),
    }


@cache
def _nowhere(worker: str) -> Path:
    """The directory of work that needs none: it is never made."""
    return base(worker) / "none"


@cache
def base(worker: str) -> Path:
    """Where the directories of a worker's attempts are."""
    return Path(tempfile.gettempdir()) / "interlock" / worker
