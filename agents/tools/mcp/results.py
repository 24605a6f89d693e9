"""What a server gave back, as a result of ours: its text, its structured part, and what else there was."""

from __future__ import annotations

from typing import Any

from mcp_types import CallToolResult, TextContent

from agents.runtimes.classify import without_secrets
from agents.runtimes.failure import Failure, permanent
from agents.tools.base import JSON
from agents.tools.results import head, size_of, storable

TEXT_BYTES = 100 * 1024
OTHER_BYTES = 100 * 1024
LONGEST_SENTENCE = 500


def result_of(answer: CallToolResult) -> JSON:
    """`text` (all of it, a line between the parts), `structured`, `content` (what is no text) and `truncated`.

    What is too large is cut or left out, and `truncated` says so.
    """
    text, cut = head(storable(_text(answer)), TEXT_BYTES)
    structured = storable(answer.structured_content)
    others = [storable(part.model_dump(mode="json", by_alias=True, exclude_none=True)) for part in _others(answer)]
    content: list[Any] = []
    left = OTHER_BYTES - (size_of(structured) if structured is not None else 0)
    if left < 0:
        structured, left, cut = None, OTHER_BYTES, True
    for part in others:
        left -= size_of(part)
        if left < 0:
            cut = True
            break
        content.append(part)
    return {"text": text, "structured": structured, "content": content, "truncated": cut}


def refusal_of(name: str, answer: CallToolResult) -> Failure:
    """What a result means that says it is an error: the tool ran and could not do what it was asked."""
    said = " ".join(without_secrets(storable(_text(answer))[: 4 * LONGEST_SENTENCE]).split())[:LONGEST_SENTENCE]
    return permanent("mcp_tool_failed", f"{name} says that it failed: {said}" if said else f"{name} says it failed.")


def _text(answer: CallToolResult) -> str:
    return "\n".join(part.text for part in answer.content if isinstance(part, TextContent))


def _others(answer: CallToolResult) -> list[Any]:
    return [part for part in answer.content if not isinstance(part, TextContent)]
