"""The runtime `llm`. This module is light: every worker imports it, and few jobs need what is behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from pydantic import ValidationError

from agents.errors import InvalidInput
from agents.runtimes.base import Host, Work
from agents.runtimes.failure import permanent
from agents.runtimes.llm.choosing import chosen, may_select_others
from agents.runtimes.llm.data import LlmData
from agents.runtimes.llm.names import ModelName, parse
from agents.tools.base import JSON

SILENCE_SECONDS = 120.0  # a provider that sends nothing for so long will not


class LlmRuntime:
    name = "llm"
    reads_refusals = True

    def __init__(self, *, silence: float = SILENCE_SECONDS) -> None:
        self._silence = silence

    def needs_directory(self, data: Mapping[str, Any]) -> bool:
        """Programs of the workspace's servers need one, too; which tools those are is known later."""
        role = data.get("role")
        patterns = role["tools"] if role and data.get("tools") is None else data.get("tools")
        if patterns is not None and any(may_select_others(pattern) for pattern in patterns):
            return True
        try:
            return any(tool.needs_directory for tool in chosen(patterns))
        except InvalidInput:
            return False  # `run` says what is wrong

    async def run(self, work: Work, host: Host) -> JSON:
        """`{"text", "model", "usage"}`. Raises Failure, with what there was so far as `data["partial"]`, or Suspend."""
        try:
            data = LlmData.model_validate(dict(work.data))
        except ValidationError as problem:
            raise permanent("bad_work", "The job has no prompt and model that could be run.") from problem
        name = parse(data.model)
        # In a thread: it takes seconds the first time, and a cancellation must not wait for it.
        loop = await asyncio.to_thread(_imported, name)
        result: JSON = await loop.run(work, data, name, host, silence=self._silence)
        return result


def _imported(name: ModelName) -> Any:
    """The loop, with the client of this provider and of no other."""
    import_module(name.client)
    return import_module("agents.runtimes.llm.loop")
