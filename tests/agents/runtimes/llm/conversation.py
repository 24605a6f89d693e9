"""One job of the runtime `llm` with a provider on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agents.runtimes.base import Answer as GateAnswer
from agents.runtimes.base import Budget, Call, Credential
from agents.runtimes.failure import Failure
from agents.runtimes.llm.runtime import LlmRuntime
from tests.agents.host import Notebook, work
from tests.agents.runtimes.llm.provider import Provider, Script

KEY = "canary-k3y-4711-of-the-workspace"

ENOUGH = Budget(turns=20)
"""So that a script whose last answer goes on for ever does not."""


class Conversation:
    """`run` and `fails` carry out one attempt; `host` is the one of the last."""

    def __init__(self, peer: Provider, directory: Path) -> None:
        self.peer, self.directory = peer, directory
        self.gate: Callable[[Call], GateAnswer] | None = None
        self.silence = 20.0
        self.host = self._new_host()

    def _new_host(self) -> Notebook:
        credential = Credential(self.peer.dialect.name, "ours", KEY, self.peer.url)
        return Notebook(self.directory, self.gate, credential=credential)

    def run(self, *script: Script, **how: Any) -> Any:
        return asyncio.run(self.begin(*script, **how))

    async def begin(
        self, *script: Script, budget: Budget | None = None, resume: Any = None, earlier: Any = None, **data: Any
    ) -> Any:
        if script:
            self.peer.will(*script)
        self.host = self._new_host()
        spec = {"prompt": "Do it.", "model": f"{self.peer.dialect.name}:scripted-1"} | data
        given = {"budget": budget or ENOUGH, "resume": resume, "earlier": earlier}
        asked = work("llm", self.directory, **given, **spec)
        return await LlmRuntime(silence=self.silence).run(asked, self.host)

    def fails(self, *script: Script, **how: Any) -> Failure:
        with pytest.raises(Failure) as failed:
            self.run(*script, **how)
        assert KEY not in f"{failed.value!r} {failed.value.data} {self.host.outputs}"
        return failed.value

    @property
    def said(self) -> list[str]:
        """What the model said, line by line."""
        return [text for stream, text in self.host.log if stream == "model"]

    @property
    def events(self) -> list[str]:
        return [text for stream, text in self.host.log if stream == "system"]

    @property
    def results(self) -> list[Any]:
        return [result for _, result, _, _ in self.host.recorded]
