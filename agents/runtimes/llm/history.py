"""The conversation so far as JSON that Postgres can hold, and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_ai.messages import ModelMessage, ModelMessagesTypeAdapter, ModelResponse, ToolCallPart
from pydantic_ai.usage import RunUsage

from agents.runtimes.failure import permanent
from agents.tools.base import JSON
from agents.tools.results import storable

VERSION = 1
_USAGE = TypeAdapter(RunUsage)


@dataclass(frozen=True)
class Past:
    """What an earlier attempt had come to: the last message is an answer of the model whose calls have not run, or
    not all of them."""

    messages: list[ModelMessage]
    usage: RunUsage

    @property
    def last(self) -> ModelResponse | None:
        last = self.messages[-1] if self.messages else None
        return last if isinstance(last, ModelResponse) else None

    @property
    def calls_before_last(self) -> int:
        """How many tool calls the answers before the last one had."""
        answers = [message for message in self.messages[:-1] if isinstance(message, ModelResponse)]
        return sum(len(calls_of(answer)) for answer in answers)


def calls_of(answer: ModelResponse) -> list[ToolCallPart]:
    return [part for part in answer.parts if isinstance(part, ToolCallPart)]


def dump(messages: Sequence[ModelMessage], usage: RunUsage) -> JSON:
    return storable(
        {
            "version": VERSION,
            "messages": ModelMessagesTypeAdapter.dump_python(list(messages), mode="json"),
            "usage": _USAGE.dump_python(usage, mode="json"),
        }
    )


def load(data: Any) -> Past:
    """What `dump` made; None is the beginning. Raises Failure `bad_checkpoint`."""
    if data is None:
        return Past([], RunUsage())
    try:
        return Past(ModelMessagesTypeAdapter.validate_python(data["messages"]), _USAGE.validate_python(data["usage"]))
    except (ValidationError, KeyError, TypeError) as problem:
        raise permanent("bad_checkpoint", "What an earlier attempt had kept cannot be read any more.") from problem
