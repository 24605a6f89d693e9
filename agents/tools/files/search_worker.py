"""The searching process of `files.search`: a request as JSON on standard input, a match as JSON on each line.

Run as a file, isolated, so it finds the package by its own place.
"""

import json
import os
import re
import stat
import sys
from collections.abc import Callable
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, os.path.abspath(os.path.join(os.path.dirname(__file__), *[os.pardir] * 3)))

from pathlib import Path

from agents.runtimes.failure import Failure, permanent
from agents.tools.files.confinement import Root, open_directory, place
from agents.tools.files.walking import Entry, walk

LARGEST_FILE = 8 * 1024 * 1024
LONGEST_TEXT = 400


def search(request: dict[str, Any], say: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Say each match; return how many files were searched, and why it ended early, if it did."""
    matches = _matcher(request)
    roots = tuple(Root(Path(path), write) for path, write in request["roots"])
    files = said = 0
    with place(roots, request["path"]) as there:
        for found in _files(there, request):
            content = _text_of(found)
            if content is None:
                continue
            files += 1
            path = os.path.normpath(os.path.join(there.shown, found.path)) if found.path else there.shown
            for number, line in enumerate(content.split("\n"), 1):
                if matches(line):
                    if said == request["limit"]:
                        return {"files": files, "reason": "limit"}
                    said += 1
                    say({"path": path, "line": number, "text": line.rstrip("\r")[:LONGEST_TEXT]})
    return {"files": files, "reason": None}


def _matcher(request: dict[str, Any]) -> Callable[[str], Any]:
    pattern = request["pattern"] if request["regex"] else re.escape(request["pattern"])
    try:
        return re.compile(pattern, re.IGNORECASE if request["ignore_case"] else 0).search
    except (re.error, RecursionError, OverflowError) as problem:
        raise permanent("bad_pattern", f"The pattern is no regular expression: {problem}.") from None


def _files(there: Any, request: dict[str, Any]) -> Any:
    """The files to look into: the place itself, if it is one, else what matches below it."""
    try:
        directory = open_directory(there)
    except NotADirectoryError:
        status = os.stat(there.name, dir_fd=there.directory, follow_symlinks=False)
        yield Entry("", there.directory, there.name, status)
        return
    yield from walk(directory, request["glob"], hidden=request["hidden"])


def _text_of(found: Entry) -> str | None:
    """None for what is no text file, too large, or not to be read."""
    if not stat.S_ISREG(found.status.st_mode) or found.status.st_size > LARGEST_FILE:
        return None
    try:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        with open(os.open(found.name, flags, dir_fd=found.directory), "rb") as file:
            data = file.read(LARGEST_FILE)
    except OSError:
        return None
    return None if b"\0" in data[:8192] else data.decode("utf-8", "replace")


def main() -> None:
    def say(message: dict[str, Any]) -> None:
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()

    try:
        say(search(json.load(sys.stdin), say))
    except Failure as failure:
        say({"code": failure.code, "message": failure.message})


if __name__ == "__main__":
    main()
