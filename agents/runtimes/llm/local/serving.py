"""A server of the local model for one attempt: it starts when the attempt does, and nothing of it is left afterwards.

One for each, because loading takes a third of a second, the weights are mapped into memory once for all of them, and
what one workspace asks stays in no cache that another's request could be timed against.
"""

from __future__ import annotations

import asyncio
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from agents.runtimes.failure import permanent, transient
from agents.runtimes.llm.local import installed
from agents.runtimes.llm.sizes import LOCAL_WINDOW

SERVER = Path(__file__).with_name("server.py")


@asynccontextmanager
async def served() -> AsyncIterator[tuple[str, str]]:
    """Its address and the key that it asks for. Raises Failure where it is not installed, or does not start."""
    weights = installed.weights()
    if weights is None or installed.missing():
        raise permanent("runtime_unavailable", installed.WAY_OUT)
    process = _started(weights)
    starting = asyncio.create_task(asyncio.to_thread(_address, process, key := secrets.token_urlsafe()))
    try:
        address = await asyncio.shield(starting)
        if not address:
            raise transient("model_unavailable", "The local model did not start.")
        yield f"{address}/v1", key
    finally:
        process.kill()  # which also ends the thread that reads its address
        process.wait()
        await asyncio.gather(starting, return_exceptions=True)
        _close(process)


def _started(weights: Path) -> subprocess.Popen[str]:
    """Without our environment: it has secrets, and words that the engine listens to."""
    return subprocess.Popen(
        [sys.executable, "-I", str(SERVER), str(weights), str(LOCAL_WINDOW)],
        env={},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )


def _address(process: subprocess.Popen[str], key: str) -> str:
    """What it says when it can answer; nothing if it ends before."""
    assert process.stdin is not None and process.stdout is not None
    try:
        process.stdin.write(f"{key}\n")
        process.stdin.flush()
    except BrokenPipeError:
        return ""
    return process.stdout.readline().strip()


def _close(process: subprocess.Popen[str]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(BrokenPipeError):
                pipe.close()
