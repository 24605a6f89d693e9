"""Walks a directory for what matches a glob, without following links."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass

from agents.tools.files.globs import matches, may_match_below

MAX_DEPTH = 64
MAX_NAMES = 100_000
"""Names of one directory that are looked at."""


@dataclass(frozen=True)
class Entry:
    """What was found: its path from where the walk began, and its open directory, until the walk goes on."""

    path: str
    directory: int
    name: str
    status: os.stat_result

    @property
    def kind(self) -> str:
        mode = self.status.st_mode
        if stat.S_ISREG(mode):
            return "file"
        if stat.S_ISDIR(mode):
            return "directory"
        return "link" if stat.S_ISLNK(mode) else "other"


def walk(directory: int, glob: str, *, hidden: bool) -> Iterator[Entry]:
    """Everything below the open directory that matches, each directory in order of its names.

    Names that begin with a dot are left out unless `hidden` or the glob itself names them so. What cannot be
    read is passed over.
    """
    pattern = [part for part in glob.split("/") if part not in ("", ".")]
    hidden = hidden or any(part.startswith(".") for part in pattern)
    yield from _walk(directory, [], pattern, hidden)


def _walk(directory: int, above: list[str], pattern: list[str], hidden: bool) -> Iterator[Entry]:
    for name in _names(directory, hidden):
        parts = [*above, name]
        try:
            status = os.stat(name, dir_fd=directory, follow_symlinks=False)
        except OSError:
            continue
        if matches(parts, pattern):
            yield Entry("/".join(parts), directory, name, status)
        if stat.S_ISDIR(status.st_mode) and len(parts) < MAX_DEPTH and may_match_below(parts, pattern):
            yield from _into(directory, parts, pattern, hidden)


def _into(above: int, parts: list[str], pattern: list[str], hidden: bool) -> Iterator[Entry]:
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        directory = os.open(parts[-1], flags, dir_fd=above)
    except OSError:
        return
    try:
        yield from _walk(directory, parts, pattern, hidden)
    finally:
        os.close(directory)


def _names(directory: int, hidden: bool) -> list[str]:
    names: list[str] = []
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                if hidden or not entry.name.startswith("."):
                    names.append(entry.name)
                if len(names) >= MAX_NAMES:
                    break
    except OSError:
        pass
    return sorted(names)
