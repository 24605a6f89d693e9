"""Servers to call: reference ones from the package registry, and one that misbehaves; and a job that calls them."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from agents.runtimes.failure import Failure
from agents.runtimes.plan import PlanRuntime
from agents.sandbox.base import Limits
from agents.sandbox.local import LocalSandbox
from agents.tools.base import ToolContext
from agents.tools.mcp.discovery import discover
from agents.tools.mcp.server import STDIO, Server
from agents.tools.mcp.upstream import Upstream
from tests.agents.host import Notebook, work

MISBEHAVING = str(Path(__file__).with_name("misbehaving.py"))
LIMITS = Limits(memory_mb=512, processes=64, grace_seconds=5)


def of_module(name: str, module: str, *arguments: str, **more: Any) -> Server:
    return Server(name, STDIO, (sys.executable, "-m", module, *arguments), **more)


def clock(**more: Any) -> Server:
    return of_module("clock", "mcp_server_time", "--local-timezone", "Europe/Berlin", **more)


def misbehaving(mode: str = "", seconds: float = 20) -> Server:
    return Server("odd", STDIO, (sys.executable, "-S", MISBEHAVING, mode), call_seconds=seconds)


def context(directory: Path) -> ToolContext:
    async def log(stream: str, line: str) -> None:
        pass

    return ToolContext("job-1", 1, directory, LocalSandbox(directory), log, LIMITS)


async def discovered(server: Server, directory: Path) -> Server:
    """The server with the tools that it says it has."""
    tools, _ = await discover(server, context(directory))
    return replace(server, tools=tuple(tools))


async def run_plan(upstream: Upstream, host: Notebook, directory: Path, *steps: dict[str, Any]) -> Any:
    """What the steps give, run by the runtime as in a job; every server is left afterwards."""
    job = replace(work("plan", directory, steps=list(steps)), tools=upstream.tools, limits=LIMITS)
    try:
        return await PlanRuntime().run(job, host)
    finally:
        await upstream.close()


def call(server: Server, directory: Path, tool: str, **arguments: Any) -> Any:
    """The result of one call, or its Failure."""

    async def scenario() -> Any:
        known = server if server.tools else await discovered(server, directory)
        step = {"tool": f"{server.name}.{tool}", "args": arguments}
        try:
            return (await run_plan(Upstream([known]), Notebook(directory), directory, step))["result"]
        except Failure as failure:
            return failure

    return asyncio.run(scenario())
