"""How long a conversation is, against how much its model can read at once. Pure and light.

Nobody but a provider counts tokens exactly, so these are estimates, put right by what the provider says it has read.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

LETTERS_PER_TOKEN = 4
"""Of English text and code, as providers say themselves, such as https://help.openai.com/en/articles/4936856."""
TOKENS_PER_PART = 8  # its role, its name, what stands around it
KNOWN_NOWHERE = 128_000
"""The window of a model that nobody knows."""
LOCAL_WINDOW = 4096
"""Of the local model, as its server is told. It could read twice as much, for twice the memory."""
NEAR = 0.8
"""How full the window is when the conversation is compressed: room is left for an answer and for a wrong estimate."""
AFTER = 0.5
"""How full it is then, at most."""


def tokens_of(messages: Sequence[Any]) -> int:
    """About how many tokens the messages are, which are JSON as Pydantic AI writes it."""
    return sum(_of_part(part) for message in messages for part in message.get("parts", ()))


def tokens_in(text: str) -> int:
    return len(text) // LETTERS_PER_TOKEN


def _of_part(part: Any) -> int:
    said = (part.get(name) for name in ("content", "args", "tool_name"))
    return TOKENS_PER_PART + sum(
        tokens_in(each if isinstance(each, str) else json.dumps(each)) for each in said if each
    )
