"""The line by which a program tells how far it is: `::progress 40 writing tests`."""

from __future__ import annotations

import re

from agents.runtimes.base import Progress

LONGEST_MESSAGE = 200
_LINE = re.compile(r"::progress\s+(\d{1,3})(?:\s*%)?(?:\s+(.*))?\Z")


def parse_progress(line: str) -> Progress | None:
    """The progress that the line tells; None if it is an ordinary line. More than 100 percent is 100."""
    if not line.startswith("::progress"):
        return None
    match = _LINE.match(line.rstrip())
    if match is None:
        return None
    return Progress(min(int(match[1]), 100), (match[2] or "")[:LONGEST_MESSAGE])
