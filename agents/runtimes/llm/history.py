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
    """What there is already: of an agent what its earlier jobs said, and then what an earlier attempt of this job had
    come to. Of that the last message is an answer of the model whose calls have not run, or not all of them.

    `began` is where this job's messages begin, `calls` how many calls its answers before the last one had, and `base`
    the revision of the agent's context that it goes on from; None where it goes on from none.
    """

    messages: list[ModelMessage]
    usage: RunUsage
    began: int = 0
    calls: int = 0
    base: int | None = None

    @property
    def is_begun(self) -> bool:
        """Whether an earlier attempt had asked the model already."""
        return self.last is not None

    @property
    def last(self) -> ModelResponse | None:
        """This job's last answer."""
        last = self.messages[-1] if len(self.messages) > self.began else None
        return last if isinstance(last, ModelResponse) else None


def calls_of(answer: ModelResponse) -> list[ToolCallPart]:
    return [part for part in answer.parts if isinstance(part, ToolCallPart)]


def dump_messages(messages: Sequence[ModelMessage]) -> JSON:
    return storable(ModelMessagesTypeAdapter.dump_python(list(messages), mode="json"))


def dump(past: Past) -> JSON:
    return {
        "version": VERSION,
        "messages": dump_messages(past.messages),
        "usage": storable(_USAGE.dump_python(past.usage, mode="json")),
        "began": past.began,
        "calls": past.calls,
        "base": past.base,
    }


def load(kept: Any, earlier: Any = None) -> Past:
    """What `dump` made, which None is nothing of; then what an agent had said before: `{"messages", "revision"}`.

    Raises Failure `bad_checkpoint`.
    """
    try:
        if kept is not None:
            messages = ModelMessagesTypeAdapter.validate_python(kept["messages"])
            usage = _USAGE.validate_python(kept["usage"])
            began, calls = kept.get("began", 0), kept.get("calls")
            return Past(messages, usage, began, _calls_in(messages) if calls is None else calls, kept.get("base"))
        if earlier is not None:
            messages = ModelMessagesTypeAdapter.validate_python(earlier["messages"])
            return Past(messages, RunUsage(), len(messages), 0, earlier["revision"])
    except (ValidationError, KeyError, TypeError, AttributeError) as problem:
        raise permanent("bad_checkpoint", "What an earlier attempt had kept cannot be read any more.") from problem
    return Past([], RunUsage())


def _calls_in(messages: Sequence[ModelMessage]) -> int:
    """How many tool calls the answers before the last one had; for what was kept before it said so itself."""
    return sum(len(calls_of(each)) for each in messages[:-1] if isinstance(each, ModelResponse))
