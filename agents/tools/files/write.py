"""`files.write`: a text file, whole or not at all."""

from __future__ import annotations

import asyncio
import os
import secrets
import stat

from pydantic import Field

from agents.runtimes.failure import permanent
from agents.tools.base import JSON, Arguments, Effect, Tool, ToolContext
from agents.tools.files.confinement import Place, open_file, place
from agents.tools.files.read import Encoding
from agents.tools.files.roots import PATH, roots_of

MAX_CHARACTERS = 1024 * 1024


class WriteArguments(Arguments):
    path: str = Field(min_length=1, max_length=4096, description=PATH)
    text: str = Field(max_length=MAX_CHARACTERS, description="What to write, as it is.")
    append: bool = Field(default=False, description="Add it to the end of the file, and do not replace the file.")
    make_directories: bool = Field(default=True, description="Make the directories that are missing.")
    encoding: Encoding = Field(default="utf-8", description="How to write the text as bytes.")


def effect(arguments: WriteArguments) -> Effect:
    """Who adds a line twice has two lines."""
    return Effect.EXTERNAL if arguments.append else Effect.IDEMPOTENT


async def run(context: ToolContext, arguments: WriteArguments) -> JSON:
    try:
        data = arguments.text.encode(arguments.encoding)
    except UnicodeEncodeError:
        raise permanent("not_text", f"The text cannot be written in {arguments.encoding}; use utf-8.") from None
    return await asyncio.to_thread(_write, context, arguments, data)


def _write(context: ToolContext, arguments: WriteArguments, data: bytes) -> JSON:
    roots = roots_of(context)
    make = arguments.make_directories
    with place(roots, arguments.path, write=True, make_parents=make) as there:
        mode = _mode_of(there)
        if arguments.append:
            file = open_file(there, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            _fill(file, data)
        else:
            _replace(there, data, mode)
        return {"path": there.shown, "bytes": len(data), "created": mode is None}


def _mode_of(there: Place) -> int | None:
    """The permissions of what is there; None if nothing is."""
    try:
        status = os.stat(there.name, dir_fd=there.directory, follow_symlinks=False)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(status.st_mode):
        what = "a directory" if stat.S_ISDIR(status.st_mode) else "not an ordinary file"
        raise permanent("not_a_file", f"{there.shown} is {what}.")
    return stat.S_IMODE(status.st_mode)


def _replace(there: Place, data: bytes, mode: int | None) -> None:
    """Write beside it and put it in its place at once, so that no reader ever sees half of it."""
    beside = f".{secrets.token_hex(8)}.part"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    file = os.open(beside, flags, 0o644, dir_fd=there.directory)
    try:
        if mode is not None:
            os.fchmod(file, mode & 0o777)
        _fill(file, data)
        os.replace(beside, there.name, src_dir_fd=there.directory, dst_dir_fd=there.directory)
    except BaseException:
        os.unlink(beside, dir_fd=there.directory)
        raise


def _fill(file: int, data: bytes) -> None:
    with open(file, "wb", buffering=0) as raw:
        view = memoryview(data)
        while view:
            view = view[raw.write(view) :]


TOOL = Tool(
    name="files.write",
    description="Write a text file, or add to its end. A file is replaced at once or not at all.",
    arguments=WriteArguments,
    effect=Effect.EXTERNAL,
    effect_of_arguments=effect,
    run=run,
)
