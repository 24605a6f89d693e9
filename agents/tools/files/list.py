"""`files.list`: what is in a directory."""

from __future__ import annotations

import asyncio
import os
import posixpath
import threading
import time
from datetime import UTC, datetime

from pydantic import Field

from agents.tools.base import JSON, Arguments, Effect, Tool, ToolContext
from agents.tools.files.confinement import open_directory, place
from agents.tools.files.roots import PATH, roots_of
from agents.tools.files.walking import Entry, walk
from agents.tools.results import MAX_RESULT_BYTES, size_of, storable

SECONDS = 10.0
ENTRIES_BYTES = MAX_RESULT_BYTES - 16 * 1024


class ListArguments(Arguments):
    path: str = Field(default=".", min_length=1, max_length=4096, description=PATH)
    glob: str = Field(
        default="*",
        min_length=1,
        max_length=500,
        description="Which ones, relative to `path`: `*.py`, or `**/*.py` for those below it as well.",
    )
    hidden: bool = Field(default=False, description="Also names that begin with a dot.")
    limit: int = Field(default=500, ge=1, le=5000, description="How many entries to give at most.")


async def run(context: ToolContext, arguments: ListArguments) -> JSON:
    stop = threading.Event()
    try:
        return await asyncio.to_thread(_list, context, arguments, stop)
    finally:
        stop.set()


def _list(context: ToolContext, arguments: ListArguments, stop: threading.Event) -> JSON:
    until = time.monotonic() + SECONDS
    with place(roots_of(context), arguments.path) as there:
        directory = open_directory(there)
        entries: list[JSON] = []
        left = ENTRIES_BYTES
        truncated = False
        try:
            for found in walk(directory, arguments.glob, hidden=arguments.hidden):
                entry = storable(_entry(found, there.shown))
                left -= size_of(entry) + 2
                full = len(entries) >= arguments.limit or left < 0
                if full or stop.is_set() or time.monotonic() > until:
                    truncated = True
                    break
                entries.append(entry)
        finally:
            os.close(directory)
        return {"path": there.shown, "entries": entries, "truncated": truncated}


def _entry(found: Entry, above: str) -> JSON:
    return {
        "path": posixpath.normpath(posixpath.join(above, found.path)),
        "kind": found.kind,
        "size": found.status.st_size if found.kind == "file" else None,
        "modified": datetime.fromtimestamp(found.status.st_mtime, UTC).isoformat(timespec="seconds"),
    }


TOOL = Tool(
    name="files.list",
    description="List the entries of a directory that match a glob, with their kind, size and time.",
    arguments=ListArguments,
    effect=Effect.PURE,
    run=run,
)
