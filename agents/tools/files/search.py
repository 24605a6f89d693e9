"""`files.search`: lines that match, in files that match.

It runs in a process of its own under the local guard, since a regular expression can take for ever and nothing
inside Python can stop it: what was found until the time is over is given, and the rest is said to be missing.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from pydantic import Field

from agents.runtimes.failure import Failure, FailureKind, crashed
from agents.sandbox.base import Limits, Stream
from agents.sandbox.lines import LONGEST
from agents.sandbox.local import LocalSandbox
from agents.tools.base import JSON, Arguments, Effect, Tool, ToolContext
from agents.tools.files import search_worker
from agents.tools.files.confinement import place
from agents.tools.files.roots import PATH, roots_of
from agents.tools.results import MAX_RESULT_BYTES, size_of, storable

LIMITS = Limits(memory_mb=512, processes=16, open_files=256, file_mb=1, grace_seconds=0.0)
MATCHES_BYTES = MAX_RESULT_BYTES - 16 * 1024


class SearchArguments(Arguments):
    pattern: str = Field(min_length=1, max_length=1000, description="What a line must contain.")
    regex: bool = Field(default=False, description="The pattern is a regular expression as Python writes them.")
    ignore_case: bool = Field(default=False, description="Capital and small letters are the same.")
    path: str = Field(default=".", min_length=1, max_length=4096, description=f"Where to look. {PATH}")
    glob: str = Field(
        default="**", min_length=1, max_length=500, description="Which files, relative to `path`, as in files.list."
    )
    hidden: bool = Field(default=False, description="Also names that begin with a dot.")
    limit: int = Field(default=100, ge=1, le=1000, description="How many lines to give at most.")
    seconds: float = Field(default=10, ge=0.1, le=60, description="How long to look at most.")


class _Findings:
    """Collects what the worker says, a JSON object a line."""

    def __init__(self) -> None:
        self.matches: list[JSON] = []
        self.end: dict[str, Any] | None = None
        self.full = False
        self._left = MATCHES_BYTES
        self._text = ""
        self.errors: list[str] = []

    async def take(self, stream: Stream, text: str) -> None:
        if stream == "stderr":
            self.errors.append(text)
            return
        self._text += text
        if len(text) == LONGEST:
            return  # the next one continues it
        said, self._text = json.loads(self._text), ""
        if "line" not in said:
            self.end = said
            return
        match = storable(said)
        self._left -= size_of(match) + 2
        if self._left < 0:
            self.full = True
        if not self.full:
            self.matches.append(match)


async def run(context: ToolContext, arguments: SearchArguments) -> JSON:
    roots = roots_of(context)
    with place(roots, arguments.path) as there:
        shown = there.shown
    request = {
        "roots": [[str(root.path), root.write] for root in roots],
        **arguments.model_dump(exclude={"seconds"}),
    }
    findings = _Findings()
    sandbox = LocalSandbox(context.directory)
    try:
        async with asyncio.timeout(arguments.seconds):
            ended = await sandbox.run(
                [sys.executable, "-I", "-S", "-E", search_worker.__file__],
                on_line=findings.take,
                limits=LIMITS,
                stdin=json.dumps(request).encode(),
            )
    except TimeoutError:
        return _result(shown, findings, "time")
    if findings.end is None:
        raise crashed("search_failed", _why(findings.errors, ended.bound))
    if "code" in findings.end:
        raise Failure(FailureKind.PERMANENT, findings.end["code"], findings.end["message"])
    return _result(shown, findings, "limit" if findings.full else findings.end["reason"], findings.end["files"])


def _why(errors: list[str], bound: str | None) -> str:
    return f"The search ended early: {bound or (errors or ['it said nothing'])[-1]}."


def _result(path: str, findings: _Findings, reason: str | None, files: int | None = None) -> JSON:
    """`reason` says why something may be missing: `limit`, `time`; None where all files were searched."""
    return {
        "path": path,
        "matches": findings.matches,
        "files_searched": files,
        "truncated": reason is not None,
        "reason": reason,
    }


TOOL = Tool(
    name="files.search",
    description="Find lines by text or regular expression in the files of a directory.",
    arguments=SearchArguments,
    effect=Effect.PURE,
    run=run,
)
