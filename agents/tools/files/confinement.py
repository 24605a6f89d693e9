"""Opens files inside a directory and nowhere else, whatever links and names say, also while they change.

Each part of a path is opened relative to the directory before it and never through a link: links are read and
walked by the same rules, so what leaves the directory is refused and not followed.
"""

from __future__ import annotations

import errno
import os
import stat
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from agents.runtimes.failure import Failure, permanent

MAX_LINKS = 40
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY


@dataclass(frozen=True)
class Root:
    """A directory that may be read and, if `write`, changed. Paths in the first root are given relative to it."""

    path: Path
    write: bool


@dataclass(frozen=True)
class Place:
    """Where a path leads: a name in an open directory; `.` for the root itself."""

    directory: int
    name: str
    shown: str
    """The path as tools give it: relative to the job's directory, absolute in another root."""


@contextmanager
def place(roots: tuple[Root, ...], path: str, *, write: bool = False, make_parents: bool = False) -> Iterator[Place]:
    """The place that `path` names, which need not exist; its directory is closed afterwards.

    Raises Failure: `outside_directory`, `read_only`, `bad_path`, `file_not_found`, `no_permission`.
    """
    root, parts = _root_of(roots, path)
    if write and not root.write:
        raise permanent("read_only", f"{path} is in a directory that may only be read.")
    with refusing(path):
        walk = _Walk(root, path, make_parents)
        try:
            name = walk.to(parts)
            shown = "/".join([*walk.names, *([] if name == "." else [name])]) or "."
            if root is not roots[0]:
                shown = str(root.path / shown)
            yield Place(walk.directories[-1], name, shown)
        finally:
            walk.close()


def open_file(there: Place, flags: int, mode: int = 0o644) -> int:
    """Open what is there if it is an ordinary file; not even a moment's wait for a pipe or a device."""
    file = os.open(there.name, flags | _FILE, mode, dir_fd=there.directory)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise permanent("not_a_file", f"{there.shown} is not an ordinary file.")
    return file


def open_directory(there: Place) -> int:
    return os.open(there.name, _DIRECTORY, dir_fd=there.directory)


@contextmanager
def refusing(path: str) -> Iterator[None]:
    """Says what the system refused in the words of a tool."""
    try:
        yield
    except FileNotFoundError:
        raise permanent("file_not_found", f"There is no {path}.") from None
    except PermissionError:
        raise permanent("no_permission", f"{path} may not be opened so.") from None
    except OSError as problem:
        if failure := _failure(problem.errno, path):
            raise failure from problem
        raise


def _failure(number: int | None, path: str) -> Failure | None:
    match number:
        case errno.ENOTDIR:
            return permanent("not_a_directory", f"{path} leads through something that is no directory.")
        case errno.EISDIR:
            return permanent("not_a_file", f"{path} is a directory.")
        case errno.ENAMETOOLONG | errno.EINVAL | errno.EILSEQ:
            return permanent("bad_path", "The path is too long, or no path on this system.")
        case errno.ELOOP | errno.EMLINK:
            return permanent("outside_directory", f"{path} has changed into a link while it was opened.")
        case errno.ENXIO | errno.ENODEV:
            return permanent("not_a_file", f"{path} is not an ordinary file.")
        case _:
            return None


def _root_of(roots: tuple[Root, ...], path: str) -> tuple[Root, list[str]]:
    if not path or "\0" in path:
        raise permanent("bad_path", "The path is empty or contains NUL.")
    if not path.startswith("/"):
        return roots[0], path.split("/")
    for root in roots:
        if (parts := _below(root, path)) is not None:
            return root, parts
    raise outside(path)


def _below(root: Root, path: str) -> list[str] | None:
    """The parts of an absolute path below the root, by its name or by what it really is; None if it is not."""
    for base in (str(root.path), os.path.realpath(root.path)):
        if path == base or path.startswith(base.rstrip("/") + "/"):
            return path[len(base) :].split("/")
    return None


def outside(path: str) -> Failure:
    return permanent("outside_directory", f"{path} is outside the directories that this job may use.")


class _Walk:
    """Walks a path from the root, keeping every directory on the way open, so that `..` is the way it came."""

    def __init__(self, root: Root, path: str, make: bool) -> None:
        self._root = root
        self._path = path
        self._make = make
        self._links = 0
        self.directories = [os.open(root.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)]
        self.names: list[str] = []

    def to(self, parts: list[str]) -> str:
        """Go to the directory that holds the last part, and give its name there."""
        ahead = deque(parts)
        while ahead:
            part = ahead.popleft()
            if part in ("", "."):
                continue
            if part == "..":
                self._up()
            elif (target := self._link(part)) is not None:
                ahead.extendleft(reversed(self._follow(target)))
            elif not any(rest not in ("", ".") for rest in ahead):
                return part
            else:
                self._down(part)
        return "."

    def close(self) -> None:
        while self.directories:
            os.close(self.directories.pop())

    def _up(self) -> None:
        if len(self.directories) == 1:
            raise outside(self._path)
        os.close(self.directories.pop())
        self.names.pop()

    def _down(self, part: str) -> None:
        if self._make:
            try:
                os.mkdir(part, dir_fd=self.directories[-1])
            except FileExistsError:
                pass
        self.directories.append(os.open(part, _DIRECTORY, dir_fd=self.directories[-1]))
        self.names.append(part)

    def _link(self, part: str) -> str | None:
        try:
            return os.readlink(part, dir_fd=self.directories[-1])
        except OSError as problem:
            if problem.errno in (errno.EINVAL, errno.ENOENT):
                return None  # no link, or nothing there yet
            raise

    def _follow(self, target: str) -> list[str]:
        self._links += 1
        if self._links > MAX_LINKS:
            raise permanent("bad_path", f"{self._path} leads through more than {MAX_LINKS} links.")
        if not target.startswith("/"):
            return target.split("/")
        parts = _below(self._root, target)
        if parts is None:
            raise outside(self._path)
        while len(self.directories) > 1:
            self._up()
        return parts
