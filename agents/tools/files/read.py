"""`files.read`: lines of a text file."""

from __future__ import annotations

import asyncio
import os
from typing import Literal, TextIO

from pydantic import Field

from agents.runtimes.failure import permanent
from agents.tools.base import JSON, Arguments, Effect, Tool, ToolContext
from agents.tools.files.confinement import open_file, place
from agents.tools.files.roots import PATH, roots_of
from agents.tools.results import MAX_RESULT_BYTES, head, storable

Encoding = Literal["utf-8", "utf-8-sig", "utf-16", "latin-1", "ascii"]
TEXT_BYTES = MAX_RESULT_BYTES - 8 * 1024
"""Of one result's text, as JSON; the rest is for what stands around it."""
SKIPPABLE = 64 * 1024 * 1024
"""Characters before the first wanted line."""


class ReadArguments(Arguments):
    path: str = Field(min_length=1, max_length=4096, description=PATH)
    offset: int = Field(default=0, ge=0, description="How many lines to leave out at the beginning.")
    limit: int = Field(default=2000, ge=1, le=100_000, description="How many lines to give at most.")
    encoding: Encoding = Field(default="utf-8", description="How the file writes its text as bytes.")


async def run(context: ToolContext, arguments: ReadArguments) -> JSON:
    return await asyncio.to_thread(_read, context, arguments)


def _read(context: ToolContext, arguments: ReadArguments) -> JSON:
    with place(roots_of(context), arguments.path) as there:
        file = open_file(there, os.O_RDONLY)
        with open(file, encoding=arguments.encoding, newline="\n") as text:
            try:
                lines, more = _lines(text, arguments)
            except UnicodeError:
                raise permanent(
                    "not_text",
                    f"{there.shown} is no text in {arguments.encoding}; name its encoding (latin-1 reads everything).",
                ) from None
        return {
            "path": there.shown,
            "size": os.stat(there.name, dir_fd=there.directory).st_size,
            **_bounded(lines, more, arguments.offset),
        }


def _lines(text: TextIO, arguments: ReadArguments) -> tuple[list[str], bool]:
    """The wanted lines, as far as a result can hold them, and whether the file has more."""
    skipped = 0
    for _ in range(arguments.offset):
        line = text.readline(SKIPPABLE)
        skipped += len(line)
        if not line:
            return [], False
        if skipped >= SKIPPABLE:
            raise permanent("too_far", f"More than {SKIPPABLE:,} characters stand before that line.")
    lines: list[str] = []
    left = TEXT_BYTES
    while len(lines) < arguments.limit and left > 0:
        line = text.readline(TEXT_BYTES)
        if not line:
            return lines, False
        lines.append(line)
        left -= len(line)
    return lines, bool(text.read(1))


def _bounded(lines: list[str], more: bool, offset: int) -> dict[str, JSON]:
    """The text, cut where a result ends; `next_offset` is where to read on."""
    text, cut = head(storable("".join(lines)), TEXT_BYTES)
    whole = text.count("\n") if cut else len(lines)
    if cut and whole:
        text = text[: text.rindex("\n") + 1]
    return {
        "text": text,
        "lines": whole or len(lines[:1]),
        "truncated": cut or more,
        "next_offset": offset + (whole or 1) if cut or more else None,
    }


TOOL = Tool(
    name="files.read",
    description="Read lines of a text file; says where to read on if there are more.",
    arguments=ReadArguments,
    effect=Effect.PURE,
    run=run,
)
