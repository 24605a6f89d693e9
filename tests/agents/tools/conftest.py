from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agents.sandbox.base import Limits
from agents.sandbox.local import LocalSandbox
from agents.tools import registry
from agents.tools.base import Grant, ToolContext
from agents.tools.calling import call

Use = Callable[..., Any]


class Toolbox:
    """Calls tools by name in the directory of a job; remembers their log."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.grants: tuple[Grant, ...] = ()
        self.log: list[tuple[str, str]] = []

    async def call(self, name: str, **arguments: Any) -> Any:
        async def log(stream: str, text: str) -> None:
            self.log.append((stream, text))

        context = ToolContext(
            job_id="job-1",
            attempt=1,
            directory=self.directory,
            sandbox=LocalSandbox(self.directory),
            log=log,
            limits=Limits(memory_mb=256, processes=64),
            grants=self.grants,
            env={"MODEL": "small"},
        )
        return await call(registry.get(name), context, registry.validate(name, arguments))

    def use(self, name: str, **arguments: Any) -> Any:
        return asyncio.run(self.call(name, **arguments))


@pytest.fixture
def toolbox(tmp_path: Path) -> Toolbox:
    directory = tmp_path / "job"
    directory.mkdir()
    return Toolbox(directory)
