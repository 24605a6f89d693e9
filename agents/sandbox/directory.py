"""The directory of one attempt: made for it, private, removed after it."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from agents.sandbox.environment import TEMPORARY


@asynccontextmanager
async def work_directory(base: Path, name: str, *, keep: bool = False) -> AsyncIterator[Path]:
    """Make `base/name`, empty and readable by this user alone, and remove it in the end unless `keep`.

    What an earlier attempt left under the same name goes first. Raises OSError where it cannot be made.
    """
    directory = base / name
    _make(directory)
    try:
        yield directory
    finally:
        if not keep and not _removed_empty(directory):
            # In a thread that a cancellation leaves alone: half a directory is worse than a late one.
            await asyncio.shield(asyncio.to_thread(remove, directory))


def _make(directory: Path) -> None:
    if directory.is_symlink() or directory.exists():
        remove(directory)
    directory.mkdir(parents=True, mode=0o700)
    (directory / TEMPORARY).mkdir(mode=0o700)


def _removed_empty(directory: Path) -> bool:
    """Most short jobs leave nothing behind: two calls that need no thread."""
    try:
        (directory / TEMPORARY).rmdir()
        directory.rmdir()
    except OSError:
        return False
    return True


def remove(directory: Path) -> None:
    """Remove it with everything in it, also what its programs write-protected; links are not followed.

    What cannot be removed stays, without an error: `sweep` tries again.
    """
    if directory.is_symlink():
        directory.unlink()
        return
    try:
        shutil.rmtree(directory)
    except FileNotFoundError:
        pass
    except OSError:
        _unlock(directory)
        shutil.rmtree(directory, ignore_errors=True)


def _unlock(directory: Path) -> None:
    directory.chmod(stat.S_IRWXU)
    for folder, names, _ in os.walk(directory):
        for path in (Path(folder, name) for name in names):
            if not path.is_symlink():
                path.chmod(stat.S_IRWXU)


def sweep(base: Path, in_use: Callable[[str], bool]) -> list[str]:
    """Remove what killed workers left behind: every directory in `base` whose name is not in use."""
    gone = []
    for entry in sorted(base.iterdir()) if base.is_dir() else []:
        if not in_use(entry.name):
            remove(entry)
            gone.append(entry.name)
    return gone
