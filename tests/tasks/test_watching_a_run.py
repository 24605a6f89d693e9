"""Who looks after a run ends with it, and what must stop is told so at once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agents.ids import new_id
from agents.sandbox.local import LocalSandbox
from tasks.execution.watch import Stop, Watch, Why
from tasks.execution.worker import ThisWorker
from tasks.transitions import Claim

MOST_STEPS = 8  # of the event loop, from a signal until the one that looks is at work again
ENDS_WITHIN = 30


def claim() -> Claim:
    return Claim._make([new_id(), *[None] * (len(Claim._fields) - 1)])


def watch(*claims: Claim, signalled: asyncio.Event) -> Watch:
    """Of a worker that stops, so that a look needs no database."""
    worker = ThisWorker("test", 1)
    worker.say_stopping()
    return Watch(claims, worker, signalled)


async def steps_of_the_loop(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.mark.requirement("Q12")
@pytest.mark.parametrize("steps", range(MOST_STEPS))
def test_it_ends_with_the_run_however_close_a_signal_comes(steps: int) -> None:
    """Else the slot waits for ever, and its job "runs" for days."""

    async def end_after_a_signal() -> bool:
        signalled = asyncio.Event()
        looking = asyncio.create_task(watch(signalled=signalled).keep_looking())
        await steps_of_the_loop(MOST_STEPS)
        signalled.set()
        await steps_of_the_loop(steps)
        looking.cancel()
        ended, _ = await asyncio.wait([looking], timeout=ENDS_WITHIN)
        return looking in ended

    assert asyncio.run(end_after_a_signal())


@pytest.mark.requirement("Q10")
def test_what_was_asked_to_stop_before_it_began_is_told_when_it_begins(tmp_path: Path) -> None:
    async def told() -> list[str]:
        job, said = claim(), []
        looked_after = watch(job, signalled=asyncio.Event())
        looked_after.stops[job.id] = Stop(Why.CANCELLED, "no need")
        looked_after.begin(job, LocalSandbox(tmp_path), lambda: said.append("end"))
        return said

    assert asyncio.run(told()) == ["end"]
