"""`sleep`: waits, without holding anything but the job's slot."""

from __future__ import annotations

import asyncio

from pydantic import Field

from agents.tools.base import JSON, Arguments, Effect, Tool, ToolContext


class SleepArguments(Arguments):
    seconds: float = Field(ge=0, le=3600, allow_inf_nan=False, description="How long to wait, up to an hour.")


async def run(context: ToolContext, arguments: SleepArguments) -> JSON:
    await asyncio.sleep(arguments.seconds)
    return {"seconds": arguments.seconds}


TOOL = Tool(
    name="sleep",
    description="Wait for a number of seconds.",
    arguments=SleepArguments,
    effect=Effect.PURE,
    run=run,
    needs_directory=False,
)
