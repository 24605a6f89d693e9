"""Where in a document something stands: a tuple of keys and indexes, read as `tasks[2].limits.timeout`."""

from __future__ import annotations

import re

Path = tuple[str | int, ...]

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")
_LONGEST_KEY = 40


def as_text(path: Path) -> str:
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _PLAIN.match(step) and len(step) <= _LONGEST_KEY:
            text += f".{step}" if text else step
        else:
            short = step if len(step) <= _LONGEST_KEY else f"{step[:_LONGEST_KEY]}…"
            text += f"[{short!r}]"
    return text
