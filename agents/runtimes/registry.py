"""The runtimes that there are, by name."""

from __future__ import annotations

from typing import ClassVar

from agents.errors import InvalidInput
from agents.runtimes.base import Runtime
from agents.runtimes.command import CommandRuntime
from agents.runtimes.llm.runtime import LlmRuntime
from agents.runtimes.plan import PlanRuntime

_RUNTIMES: dict[str, Runtime] = {runtime.name: runtime for runtime in (CommandRuntime(), PlanRuntime(), LlmRuntime())}


class UnknownRuntime(InvalidInput):
    code: ClassVar[str] = "unknown_runtime"
    title: ClassVar[str] = "There is no such runtime"


def get(name: str) -> Runtime:
    """The runtime of that name; raises UnknownRuntime."""
    if name in _RUNTIMES:
        return _RUNTIMES[name]
    raise UnknownRuntime(f"There is no runtime {name!r}; use {_choices()}.")


def names() -> list[str]:
    return sorted(_RUNTIMES)


def _choices() -> str:
    return ", ".join(names())
