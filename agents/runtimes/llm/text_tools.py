"""Tool calls for models that know of none: they are told to write JSON, and it is read out of their text.

The loop above sees a model like any other. The text of an answer is looked at as a whole, so its lines come at its end.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelRequestPart,
    ModelResponse,
    ModelResponsePart,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.models import CompletedStreamedResponse, ModelRequestParameters, StreamedResponse
from pydantic_ai.models.wrapper import WrapperModel
from pydantic_ai.settings import ModelSettings
from pydantic_ai.tools import RunContext

from agents.tools.base import Tool

_FENCE = re.compile(r"```(?:json|tool_call)?\s*\n(.*?)```", re.DOTALL)
_A_CALL = re.compile(r'\{\s*"tool"\s*:\s*"([^"]{1,100})"')
_DECODER = json.JSONDecoder()


def instructions(tools: dict[str, Tool]) -> str:
    """What the model is told of its tools."""
    if not tools:
        return ""
    described = "\n".join(
        f"- {name}: {tool.description} Arguments, as JSON Schema: {json.dumps(tool.schema)}"
        for name, tool in tools.items()
    )
    return (
        "You have tools. To call one, answer with nothing but a JSON object such as\n"
        '{"tool": "NAME", "arguments": {"NAME": "VALUE"}}\n'
        "or with several such objects, one a line. The results come with the next message. When you need no tool, "
        f"answer in plain text.\n\nThe tools:\n{described}"
    )


class TextTools(WrapperModel):
    """A model that is driven by JSON in its text."""

    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
        run_context: RunContext[Any] | None = None,
    ) -> AsyncIterator[StreamedResponse]:
        plain = replace(model_request_parameters, function_tools=[], output_tools=[], allow_text_output=True)
        async with self.wrapped.request_stream(
            [as_text(message) for message in messages], model_settings, plain, run_context
        ) as stream:
            async for _ in stream:
                pass
            answer = with_calls(stream.get())
        yield CompletedStreamedResponse(answer, model_request_parameters=model_request_parameters, replay_events=True)


def as_text(message: ModelMessage) -> ModelMessage:
    """The message as a model sees it that knows neither calls nor results."""
    if isinstance(message, ModelResponse):
        parts = [_said(part) for part in message.parts]
        return replace(message, parts=parts)
    return replace(message, parts=list(_asked(message)))


def _said(part: ModelResponsePart) -> ModelResponsePart:
    if not isinstance(part, ToolCallPart):
        return part
    arguments = part.args if isinstance(part.args, str) else json.dumps(part.args or {})
    return TextPart(f'{{"tool": {json.dumps(part.tool_name)}, "arguments": {arguments}}}')


def _asked(message: ModelRequest) -> Iterator[ModelRequestPart]:
    for part in message.parts:
        if isinstance(part, ToolReturnPart):
            yield UserPromptPart(f"Result of {part.tool_name}: {part.model_response_str()}")
        else:
            yield part


def with_calls(answer: ModelResponse) -> ModelResponse:
    """The answer with the calls in its text as calls; text around them is what the model says besides."""
    text = "".join(part.content for part in answer.parts if isinstance(part, TextPart))
    calls = list(calls_in(text))
    if not calls:
        return answer
    others: Sequence[ModelResponsePart] = [part for part in answer.parts if not isinstance(part, TextPart)]
    return replace(answer, parts=[*others, *calls], finish_reason="tool_call")


def calls_in(text: str) -> Iterator[ToolCallPart]:
    """Every call in the text, in its order. Of one whose JSON is broken, the arguments are what stands there: the
    model reads that it is no JSON, as it would of a call of its own."""
    text = "\n".join(_FENCE.findall(text)) or text
    place = 0
    while match := _A_CALL.search(text, place):
        try:
            value, place = _DECODER.raw_decode(text, match.start())
        except ValueError:
            yield ToolCallPart(match[1], text[match.end() :].lstrip(" ,\n") or "{")
            return
        arguments = value.get("arguments", {})
        yield ToolCallPart(match[1], arguments if isinstance(arguments, dict) else json.dumps(arguments))
