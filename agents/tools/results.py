"""What a tool gives back: JSON that Postgres can hold, and no more of it than a model or a person can use."""

from __future__ import annotations

import json
from typing import Any

MAX_RESULT_BYTES = 256 * 1024
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


def storable(value: Any) -> Any:
    """The same JSON without what `jsonb` refuses: NUL and half surrogates become U+FFFD, also in names."""
    if isinstance(value, str):
        return _storable_text(value)
    if isinstance(value, dict):
        return {_storable_text(name): storable(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [storable(part) for part in value]
    return value


def _storable_text(text: str) -> str:
    if "\0" in text:
        text = text.replace("\0", "�")
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def size_of(value: Any) -> int:
    """Bytes of its JSON. Raises ValueError or TypeError where it is none."""
    return len(_ENCODER.encode(value).encode())


def head(text: str, size: int) -> tuple[str, bool]:
    """As much of the beginning as has at most `size` bytes as JSON, and whether anything is missing."""
    cut = text
    while (now := size_of(cut)) > size:
        cut = cut[: min(len(cut) - 1, len(cut) * size // now)]
    return cut, len(cut) < len(text)


def tail(text: str, size: int) -> tuple[str, bool]:
    """The same of the end."""
    cut = text
    while (now := size_of(cut)) > size:
        cut = cut[max(1, len(cut) - len(cut) * size // now) :]
    return cut, len(cut) < len(text)
