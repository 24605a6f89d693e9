"""The local model held to what it can do: its text is short, and its calls are well formed.

A model of this size knows a tool's name and its arguments, but seldom writes them as it was told. So its server gives
it no choice: where a job has tools, the first answer is a call, with the arguments that the tool requires (the first
where it requires none), and what follows a result is text. Both are sent with the request, as llama.cpp's server takes
them: a JSON schema as `response_format`, and a `grammar` (https://github.com/ggml-org/llama.cpp/blob/master/grammars/README.md).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from pydantic_ai.messages import ModelMessage, ToolCallPart
from pydantic_ai.models import Model, ModelRequestParameters, StreamedResponse
from pydantic_ai.settings import ModelSettings
from pydantic_ai.tools import RunContext

from agents.runtimes.llm.text_tools import TextTools
from agents.tools.base import Tool

LONGEST_TEXT = 400  # characters; such a model does not end by itself where it does not know what to say
LONGEST_ARGUMENT = 200
TEXT = {"grammar": rf"root ::= [^{{`\n ] [^{{`\n]{{0,{LONGEST_TEXT - 1}}}", "repeat_penalty": 1.15}
"""One paragraph without braces: the text that follows a result is not one more call."""
_KEPT = ("type", "enum", "const", "minimum", "maximum")


def instructions(tools: Mapping[str, Tool]) -> str:
    """What the model is told of its tools; how a call is written it need not know."""
    described = (f"- {name}({', '.join(_given(tool))}): {tool.description}" for name, tool in tools.items())
    return "\n".join(["You have these tools:", *described]) if tools else ""


class Held(TextTools):
    """The model with the tools that it may call, by the names that models know them by."""

    def __init__(self, wrapped: Model, tools: Mapping[str, Tool]) -> None:
        super().__init__(wrapped)
        self._tools = tools

    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
        run_context: RunContext[Any] | None = None,
    ) -> AsyncIterator[StreamedResponse]:
        calls = bool(self._tools) and not _has_called(messages)
        asked = ModelSettings(temperature=0.0, seed=1)
        asked.update(model_settings or {})
        asked["extra_body"] = a_call(self._tools) if calls else TEXT
        async with super().request_stream(messages, asked, model_request_parameters, run_context) as stream:
            yield stream


def a_call(tools: Mapping[str, Tool]) -> dict[str, Any]:
    """What holds an answer to one call of one of the tools."""
    schema = {"anyOf": [_object(tool={"const": name}, arguments=_arguments(tool)) for name, tool in tools.items()]}
    json_schema = {"name": "call", "schema": schema}
    return {"response_format": {"type": "json_schema", "json_schema": json_schema}, "repeat_penalty": 1.1}


def _has_called(messages: list[ModelMessage]) -> bool:
    """Since it was last asked something: an agent's earlier jobs do not count."""
    for message in reversed(messages):
        if any(isinstance(part, ToolCallPart) for part in message.parts):
            return True
        if any(part.part_kind == "user-prompt" for part in message.parts):
            return False
    return False


def _arguments(tool: Tool) -> dict[str, Any]:
    return _object(**{name: _simple(tool.schema["properties"][name]) for name in _given(tool)})


def _given(tool: Tool) -> list[str]:
    properties = tool.schema.get("properties", {})
    return [name for name in tool.schema.get("required", ()) if name in properties] or list(properties)[:1]


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _simple(schema: Any) -> dict[str, Any]:
    """As much of an argument's schema as the server surely knows; the tool itself checks the rest."""
    if not isinstance(schema, dict):
        return {}
    if of_several := schema.get("anyOf"):
        return _simple(of_several[0])
    kept: dict[str, Any] = {name: schema[name] for name in _KEPT if name in schema}
    if kept.get("type") == "string":
        kept["maxLength"] = LONGEST_ARGUMENT
    if kept.get("type") == "array":
        kept |= {"items": _simple(schema.get("items", {})), "maxItems": 5}
    return kept
