"""The runtimes that there are, by name."""

from __future__ import annotations

from typing import ClassVar

from agents.errors import InvalidInput
from agents.runtimes.base import Runtime
from agents.runtimes.command import CommandRuntime
from agents.runtimes.plan import PlanRuntime

_RUNTIMES: dict[str, Runtime] = {runtime.name: runtime for runtime in (CommandRuntime(), PlanRuntime())}

_ANNOUNCED = frozenset({"llm"})
"""Names that a spec may know and this version cannot run."""


class UnknownRuntime(InvalidInput):
    code: ClassVar[str] = "unknown_runtime"
    title: ClassVar[str] = "There is no such runtime"


class RuntimeUnavailable(InvalidInput):
    code: ClassVar[str] = "runtime_unavailable"
    title: ClassVar[str] = "This runtime is not available here"


def get(name: str) -> Runtime:
    """The runtime of that name; raises RuntimeUnavailable or UnknownRuntime."""
    if name in _RUNTIMES:
        return _RUNTIMES[name]
    if name in _ANNOUNCED:
        raise RuntimeUnavailable(f"The runtime {name} is not available in this version; use {_choices()}.")
    raise UnknownRuntime(f"There is no runtime {name!r}; use {_choices()}.")


def names() -> list[str]:
    return sorted(_RUNTIMES)


def _choices() -> str:
    return " or ".join(names())
