"""`shell.run`: a command in the job's sandbox."""

from __future__ import annotations

import asyncio
import os

from pydantic import Field

from agents.runtimes.exits import failure_of
from agents.runtimes.failure import timed_out
from agents.sandbox.base import Exit
from agents.sandbox.capture import Capture, Tail
from agents.tools.base import JSON, Arguments, Effect, Tool, ToolContext
from agents.tools.files.confinement import open_directory, place
from agents.tools.files.roots import PATH, roots_of
from agents.tools.results import tail

STREAM_BYTES = 100 * 1024


class ShellArguments(Arguments):
    command: str | list[str] = Field(
        min_length=1,
        description="A line for the shell (`sh -c`), or a program with its arguments as a list, without a shell.",
    )
    directory: str = Field(default=".", min_length=1, max_length=4096, description=f"Where to run it. {PATH}")
    env: dict[str, str] = Field(default={}, max_length=200, description="Variables to add to its environment.")
    stdin: str | None = Field(default=None, max_length=1024 * 1024, description="What it reads.")
    timeout_seconds: float = Field(default=300, gt=0, le=86_400, allow_inf_nan=False, description="When to stop it.")
    check: bool = Field(
        default=True,
        description="An exit code other than 0, a signal or a time-out fails the call; else the result tells it.",
    )


async def run(context: ToolContext, arguments: ShellArguments) -> JSON:
    with place(roots_of(context), arguments.directory) as there:
        os.close(open_directory(there))
        directory = context.directory / there.shown
    capture = Capture(context.log)
    argv = ["sh", "-c", arguments.command] if isinstance(arguments.command, str) else arguments.command
    ended: Exit | None = None
    try:
        async with asyncio.timeout(arguments.timeout_seconds) as limit:
            ended = await context.sandbox.run(
                argv,
                on_line=capture,
                limits=context.limits,
                env={**context.env, **arguments.env},
                cwd=directory,
                stdin=None if arguments.stdin is None else arguments.stdin.encode(),
            )
    except TimeoutError:
        if not limit.expired():
            raise
        if arguments.check:
            message = f"The command took longer than {arguments.timeout_seconds:g} s and was stopped."
            raise timed_out("command_timed_out", message) from None
    if ended and (arguments.check or ended.bound):
        failure = failure_of(ended, context.limits, capture.last_words)
        if failure:
            raise failure
    return _result(ended, capture)


def _result(ended: Exit | None, capture: Capture) -> JSON:
    stdout, stdout_cut = _last(capture.tails["stdout"])
    stderr, stderr_cut = _last(capture.tails["stderr"])
    return {
        "exit_code": ended.code if ended else None,
        "signal": ended.signal if ended else None,
        "timed_out": ended is None,
        "stdout": stdout,
        "stderr": stderr,
        "truncated": stdout_cut or stderr_cut,
    }


def _last(kept: Tail) -> tuple[str, bool]:
    text, cut = tail(kept.text, STREAM_BYTES)
    return text, cut or kept.truncated


TOOL = Tool(
    name="shell.run",
    description="Run a command in the job's sandbox; its output streams to the log, its last part is the result.",
    arguments=ShellArguments,
    effect=Effect.EXTERNAL,
    run=run,
    no_references=frozenset({"command"}),
)
