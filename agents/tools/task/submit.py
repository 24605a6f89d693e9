"""`task.submit`: hands work to other jobs, and gives what they came to."""

from __future__ import annotations

from typing import Any

from pydantic import Field, model_validator

from agents.tools.base import JSON, Arguments, Effect, Tool, ToolContext
from agents.tools.task.children import children_of

MOST_TASKS = 100


class SubmitArguments(Arguments):
    task: dict[str, Any] | None = Field(
        default=None, description="The spec of one task, such as {title, prompt, model} or {command: [...]}."
    )
    tasks: list[dict[str, Any]] | None = Field(
        default=None,
        min_length=1,
        max_length=MOST_TASKS,
        description="The specs of several tasks; each may depend on others by their `key`.",
    )
    wait: bool = Field(
        default=True,
        description="Wait until all of them are over and give what they came to; else only say that they were made.",
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> SubmitArguments:
        if (self.task is None) == (self.tasks is None):
            raise ValueError("give either `task` or `tasks`")
        return self

    @property
    def specs(self) -> list[dict[str, Any]]:
        return [self.task] if self.task is not None else list(self.tasks or ())


async def run(context: ToolContext, arguments: SubmitArguments) -> JSON:
    return await children_of(context).submit(context.place, arguments.specs, wait=arguments.wait)


TOOL = Tool(
    name="task.submit",
    description="Hand tasks to other jobs. Waits for them, unless told not to, and gives the result of each.",
    arguments=SubmitArguments,
    effect=Effect.IDEMPOTENT,
    run=run,
    needs_directory=False,
)
