"""`echo`: gives back what it got; for trying things out and for naming a value in a plan."""

from __future__ import annotations

from typing import Any

from pydantic import Field, model_validator

from agents.tools.base import JSON, Arguments, Effect, Tool, ToolContext


class EchoArguments(Arguments):
    text: str | None = Field(default=None, description="Text to give back, as `text`.")
    value: Any = Field(default=None, description="Any JSON to give back, as `value`.")

    @model_validator(mode="after")
    def _something_to_say(self) -> EchoArguments:
        if not self.model_fields_set:
            raise ValueError("give `text`, `value`, or both")
        return self


async def run(context: ToolContext, arguments: EchoArguments) -> JSON:
    return arguments.model_dump(include=arguments.model_fields_set)


TOOL = Tool(
    name="echo",
    description="Give back the text or value it was given.",
    arguments=EchoArguments,
    effect=Effect.PURE,
    run=run,
    needs_directory=False,
)
