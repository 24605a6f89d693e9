"""A platform for runtimes under test: remembers what they say and answers their calls as told."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from agents.errors import NotFound
from agents.runtimes.base import Answer, Budget, Call, Credential, Log, Output, Progress, Work
from agents.sandbox.base import Limits, Sandbox
from agents.sandbox.local import LocalSandbox
from agents.tools.base import Grant


class Notebook:
    """A Host. `answer` is what its gate says to a call; by default: go on."""

    def __init__(
        self,
        directory: Path,
        answer: Callable[[Call], Answer] | None = None,
        *,
        credential: Credential | None = None,
    ) -> None:
        self.sandbox: Sandbox = LocalSandbox(directory, platform={"INTERLOCK_JOB_ID": "job-1"})
        self.outputs: list[Output] = []
        self.asked: list[Call] = []
        self.recorded: list[tuple[Call, Any, Exception | None, float]] = []
        self.waited: list[Call] = []
        self.kept: list[Any] = []
        self.revised: list[Any] = []
        self._credential = credential
        self._answer = answer or (lambda call: Answer(proceed=True))

    async def emit(self, output: Output) -> None:
        self.outputs.append(output)

    async def gate(self, call: Call) -> Answer:
        self.asked.append(call)
        return self._answer(call)

    async def record(
        self, call: Call, result: Any = None, error: Exception | None = None, seconds: float = 0.0
    ) -> None:
        self.recorded.append((call, result, error, seconds))

    async def waits(self, call: Call) -> None:
        self.waited.append(call)

    async def budget(self, limits: Budget) -> Budget:
        return limits

    async def checkpoint(self, data: Any, *, tokens: int = 0, cost: Decimal | None = None) -> None:
        self.kept.append(json.loads(json.dumps(data)))

    async def revise(self, messages: Any) -> int | None:
        self.revised.append(json.loads(json.dumps(messages)))
        return len(self.revised)

    async def credential(self, provider: str, name: str) -> Credential:
        if self._credential is None or self._credential.provider != provider:
            raise NotFound(f"There is no key for {provider}.")
        return self._credential

    @property
    def log(self) -> list[tuple[str, str]]:
        return [(output.stream, output.text) for output in self.outputs if isinstance(output, Log)]

    @property
    def progress(self) -> list[tuple[int | None, str]]:
        return [(output.percent, output.message) for output in self.outputs if isinstance(output, Progress)]


def work(
    runtime: str,
    directory: Path,
    *,
    grants: tuple[Grant, ...] = (),
    budget: Budget | None = None,
    resume: Any = None,
    earlier: Any = None,
    **data: Any,
) -> Work:
    limits = Limits(memory_mb=256, processes=64, grace_seconds=5)
    return Work(
        "job-1",
        1,
        runtime,
        data,
        directory,
        limits,
        grants,
        budget=budget or Budget(),
        resume=resume,
        earlier=earlier,
    )
