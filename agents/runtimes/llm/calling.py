"""The agent's tools: each call goes through the gate and the journal, one after the other, under a stable index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic_ai import CallDeferred, ModelRetry, RunContext, ToolFailed
from pydantic_ai.messages import ToolCallPart
from pydantic_ai.tools import ToolDefinition
from pydantic_ai.toolsets import AbstractToolset, ToolsetTool
from pydantic_core import SchemaValidator, core_schema

from agents.runtimes.base import Host, Log, Suspend
from agents.runtimes.calls import perform
from agents.runtimes.failure import Failure
from agents.tools.base import JSON, Tool, ToolContext

REPAIRS = 3  # wrong calls of one tool in a row that the model may correct
_AN_OBJECT = SchemaValidator(core_schema.dict_schema(core_schema.str_schema()))
_WRONG_CALLS = ("unknown_tool", "invalid_arguments")


@dataclass
class Calls(AbstractToolset[None]):
    """What the model may call. `waiting` are the calls that somebody has to decide about first."""

    tools: Mapping[str, Tool]
    context: ToolContext
    host: Host
    count: int = 0
    """How many calls the model's earlier turns had: the index of this turn's first one."""
    waiting: list[Suspend] = field(default_factory=list)
    _indices: dict[str, int] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return "interlock"

    def begin_turn(self, calls: Sequence[ToolCallPart]) -> None:
        """Each call of a turn has its place among all calls of the job, also when the turn runs once more."""
        self._indices = {call.tool_call_id: self.count + place for place, call in enumerate(calls)}
        self.count += len(calls)

    async def get_tools(self, ctx: RunContext[None]) -> dict[str, ToolsetTool[None]]:
        return {name: self._offered(name, tool) for name, tool in self.tools.items()}

    def _offered(self, name: str, tool: Tool) -> ToolsetTool[None]:
        definition = ToolDefinition(
            name=name, description=tool.description, parameters_json_schema=tool.schema, sequential=True
        )
        return ToolsetTool(toolset=self, tool_def=definition, max_retries=REPAIRS, args_validator=_AN_OBJECT)

    async def call_tool(
        self, name: str, tool_args: dict[str, Any], ctx: RunContext[None], tool: ToolsetTool[None]
    ) -> JSON:
        """The tool's result. The model reads what went wrong: it may correct a wrong call, and go on after a failed
        one. A call that has to wait does not hold up the others of its turn."""
        ours = self.tools[name].name
        index = self._indices[ctx.tool_call_id or ""]
        try:
            result = await perform(index, ours, tool_args, self.context, self.host)
        except Suspend as wait:
            self.waiting.append(wait)
            await self._say(f"{ours} waits.")
            raise CallDeferred from None
        except Failure as failure:
            await self._say(f"{ours} failed: {failure.code}.")
            if failure.code in _WRONG_CALLS:
                raise ModelRetry(failure.message) from failure
            raise ToolFailed(f"{failure.code}: {failure.message}") from failure
        await self._say(f"{ours} done.")
        return result

    async def _say(self, text: str) -> None:
        await self.host.emit(Log("system", text))
