"""The runtime `command`: one program, with its output streamed.

Its result is `{"exit_code": 0, "output": …}`: the last lines of its standard output, at most 64 Ki characters
(`"truncated": true` where that was not all). If its last line is a JSON object, that is also there as `"json"`, so
a program can answer with more than text. What another exit code means, `exits` says; how it tells its progress,
`progress`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agents.runtimes.base import Host, Log, Work
from agents.runtimes.exits import failure_of
from agents.runtimes.failure import permanent
from agents.runtimes.progress import parse_progress
from agents.sandbox.base import Stream
from agents.sandbox.capture import Capture, Tail
from agents.tools.base import JSON
from agents.tools.results import storable


class CommandData(BaseModel):
    """What the runtime reads of a spec."""

    model_config = ConfigDict(extra="ignore", strict=True)

    command: list[str] = Field(min_length=1)
    env: dict[str, str] = {}


class CommandRuntime:
    name = "command"
    reads_refusals = False

    def needs_directory(self, data: Mapping[str, Any]) -> bool:
        return True

    async def run(self, work: Work, host: Host) -> JSON:
        try:
            data = CommandData.model_validate(dict(work.data))
        except ValidationError as problem:
            raise permanent("bad_work", "The job has no command that could be run.") from problem

        async def log(stream: str, line: str) -> None:
            await host.emit(Log(stream, line))

        capture = Capture(log)

        async def on_line(stream: Stream, line: str) -> None:
            progress = parse_progress(line)
            if progress:
                await host.emit(progress)
            else:
                await capture(stream, line)

        ended = await host.sandbox.run(
            data.command, on_line=on_line, limits=work.limits, env=data.env, cwd=work.directory
        )
        if failure := failure_of(ended, work.limits, capture.last_words):
            raise failure
        return {"exit_code": 0, **_output(capture.tails["stdout"])}


def _output(tail: Tail) -> dict[str, Any]:
    result: dict[str, Any] = {"output": tail.text}
    if tail.truncated:
        result["truncated"] = True
    answer = _json_object(tail.last_line) if tail.last_line_is_whole else None
    if answer is not None:
        result["json"] = answer
    return result


def _json_object(line: str) -> dict[str, Any] | None:
    if not line.lstrip().startswith("{"):
        return None
    try:
        value = json.loads(line, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return storable(value) if isinstance(value, dict) else None


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
