"""Makes a conversation shorter: its first task, a summary, and its last turns stay. Pure but for the summary itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic_ai.messages import (
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelRequest,
    ModelResponse,
    RetryPromptPart,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)

from agents.runtimes.llm.sizes import LETTERS_PER_TOKEN, tokens_of

SUMMARY = "[The conversation up to here was taken away to save room. What happened in it:]\n"
LEFT_OUT = "[The conversation up to here was taken away to save room: {} messages.]"
CUT = "{} [… {:,} letters were taken away to save room]"
LEAST_GAIN = 4  # what is less than this part of the room is not worth a turn of the model
LETTERS_KEPT = 200
LETTERS_TOLD = 2000
"""Of each result, to whoever summarises."""
ASK_FOR_SUMMARY = (
    "Below is the earlier part of a conversation between a user, you, and your tools. It is about to be taken away to "
    "save room, and you go on with the work without it. Write down what you will need: what was asked, what was "
    "decided and why, what was done and what came of it, names, paths and values that matter, what failed, and what is "
    "left to do. Write facts only, in at most 500 words; call no tools."
)

Summarise = Callable[[str], Awaitable[str | None]]
"""Takes the text of what goes; returns the summary, or None where nobody can make one."""


@dataclass(frozen=True)
class Compressed:
    """`began` is where the present job's part begins now; `how` is `summarised` or `trimmed`."""

    messages: list[ModelMessage]
    began: int
    how: str


def length_of(messages: Sequence[ModelMessage]) -> int:
    """About how many tokens they are."""
    return tokens_of(ModelMessagesTypeAdapter.dump_python(list(messages), mode="json"))


async def compress(messages: Sequence[ModelMessage], began: int, room: int, summarise: Summarise) -> Compressed:
    """The conversation in about `room` tokens. `began` is where the present job's part begins: its prompt stays.

    With a summary where one can be made; else long results are cut, the oldest first, and where that is not enough the
    middle goes without one.
    """
    start = _start_of_tail(messages, room // 2)
    if start > 1 and length_of(messages[:start]) > room // LEAST_GAIN:
        text = _transcript(messages[:start], room * LETTERS_PER_TOKEN)
        summary = await summarise(text)
        if summary:
            head = _head(messages, began, start, SUMMARY + summary)
            return Compressed(_fitting([head, *messages[start:]], room), max(0, began - start + 1), "summarised")
    return trim(messages, began, room)


def trim(messages: Sequence[ModelMessage], began: int, room: int) -> Compressed:
    """The same without a summary."""
    shorter = _fitting(messages, room)
    start = _start_of_tail(messages, room // 2)
    if start > 1 and length_of(shorter) > room:
        head = _head(messages, began, start, LEFT_OUT.format(start - 1))
        return Compressed(_fitting([head, *messages[start:]], room), max(0, began - start + 1), "trimmed")
    return Compressed(shorter, began, "trimmed")


def trimmed(messages: Sequence[Any], room: int) -> list[Any]:
    """The same of messages as JSON, in which nobody's job is going on."""
    read = ModelMessagesTypeAdapter.validate_python(list(messages))
    done: list[Any] = ModelMessagesTypeAdapter.dump_python(trim(read, len(read), room).messages, mode="json")
    return done


def _start_of_tail(messages: Sequence[ModelMessage], room: int) -> int:
    """Where the last turns begin that fit; a turn is never cut between its calls and their results, and the last one
    stays however long it is. 0 or 1 where there is nothing between them and the first message."""
    starts = [place for place in range(1, len(messages)) if _may_begin_with(messages[place])]
    fitting = [place for place in starts if length_of(messages[place:]) <= room]
    return fitting[0] if fitting else starts[-1] if starts else 0


def _may_begin_with(message: ModelMessage) -> bool:
    if isinstance(message, ModelResponse):
        return True
    return not any(isinstance(part, ToolReturnPart | RetryPromptPart) for part in message.parts)


def _head(messages: Sequence[ModelMessage], began: int, start: int, about_the_rest: str) -> ModelRequest:
    """The first task, what is said of the rest, and the present task where it goes with the rest or is the first."""
    first = _prompts(messages[0])
    parts = [*first[:1], UserPromptPart(about_the_rest)]
    present = _prompts(messages[began])[-1:] if began < start else []
    return ModelRequest(parts=[*parts, *(part for part in present if part is not first[0])])


def _prompts(message: ModelMessage) -> list[UserPromptPart]:
    """What people asked; not what an earlier compression wrote."""
    return [part for part in message.parts if isinstance(part, UserPromptPart) and not _is_ours(part)]


def _is_ours(part: UserPromptPart) -> bool:
    return isinstance(part.content, str) and part.content.startswith((SUMMARY, LEFT_OUT[:40]))


def _transcript(messages: Sequence[ModelMessage], letters: int) -> str:
    text = "\n".join(line for message in messages for part in message.parts if (line := _line(part)))
    if len(text) <= letters:
        return text
    half = letters // 2
    return f"{text[:half]}\n[… {len(text) - 2 * half:,} letters are not shown …]\n{text[-half:]}"


def _line(part: Any) -> str:
    match part:
        case UserPromptPart():
            return f"User: {_text(part.content)}"
        case TextPart():
            return f"You: {part.content}" if part.content else ""
        case ToolCallPart():
            return f"You called {part.tool_name}: {part.args_as_json_str()[:LETTERS_TOLD]}"
        case ToolReturnPart():
            return f"Result of {part.tool_name}: {part.model_response_str()[:LETTERS_TOLD]}"
        case RetryPromptPart():
            return f"Refused: {part.model_response()[:LETTERS_TOLD]}"
        case _:
            return ""


def _text(content: Any) -> str:
    return content if isinstance(content, str) else " ".join(each for each in content if isinstance(each, str))


def _fitting(messages: Sequence[ModelMessage], room: int) -> list[ModelMessage]:
    """The same with long results cut, the oldest first, as far as that is needed."""
    shorter = list(messages)
    excess = length_of(shorter) - room
    for place, message in enumerate(shorter):
        if excess <= 0:
            break
        if isinstance(message, ModelRequest):
            shorter[place] = replace(message, parts=[_cut(part) for part in message.parts])
            excess -= length_of([message]) - length_of([shorter[place]])
    return shorter


def _cut(part: Any) -> Any:
    if not isinstance(part, ToolReturnPart):
        return part
    text = part.model_response_str()
    if len(text) <= LETTERS_KEPT * 2:
        return part
    return replace(part, content=CUT.format(text[:LETTERS_KEPT], len(text) - LETTERS_KEPT))
