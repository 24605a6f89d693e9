"""`task.wait`: what became of the tasks that were handed to other jobs."""

from __future__ import annotations

from pydantic import Field

from agents.tools.base import JSON, Arguments, Effect, Tool, ToolContext
from agents.tools.task.children import children_of


class WaitArguments(Arguments):
    ids: list[str] | None = Field(
        default=None, min_length=1, description="The ids that task.submit gave; all of this job's tasks if not given."
    )


async def run(context: ToolContext, arguments: WaitArguments) -> JSON:
    return await children_of(context).wait(arguments.ids)


TOOL = Tool(
    name="task.wait",
    description="Wait until tasks that were submitted earlier are over, and give the result of each.",
    arguments=WaitArguments,
    effect=Effect.PURE,
    run=run,
    needs_directory=False,
)
