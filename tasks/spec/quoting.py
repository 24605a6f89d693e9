"""How a wrong value is shown in a sentence: short ones as they are, long ones by their size alone.

A value may be a secret in the wrong place. So what is longer than 80 characters is never repeated, and callers do not
pass values from fields that hold people's data (`env`, `args`, `data`, `metadata`, `prompt`).
"""

from __future__ import annotations

from typing import Any

LONGEST = 80


def quote(value: Any) -> str:
    if isinstance(value, str):
        if len(value) > LONGEST:
            return f"This text of {len(value):,} characters"
        return f'"{_visible(value)}"'
    if value is None:
        return "An empty value (null)"
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, list):
        return "A list"
    if isinstance(value, dict):
        return "A mapping"
    text = str(value)
    return text if len(text) <= LONGEST else f"This number of {len(text):,} digits"


def _visible(text: str) -> str:
    return "".join(letter if letter.isprintable() else "�" for letter in text)
