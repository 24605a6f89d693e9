"""What a tool is: a name, typed arguments, a declared effect, and an async function of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from agents.sandbox.base import Limits, Sandbox

if TYPE_CHECKING:
    from agents.tools.email.account import FindAccount
    from agents.tools.task.children import Children
    from agents.tools.toolset import Toolset

JSON = Any
"""What `json.dumps` takes: None, bool, int, float, str, list and dict with string keys."""

OnLog = Callable[[str, str], Awaitable[None]]
"""Takes a stream (`stdout`, `stderr`, `system`) and one line."""


class Effect(StrEnum):
    """What happens outside when a tool runs; it decides what may follow when nobody knows whether it ran.

    Pure and idempotent calls run again, an external one asks.
    """

    PURE = "pure"
    IDEMPOTENT = "idempotent"
    EXTERNAL = "external"


class Arguments(BaseModel):
    """Base of every tool's arguments: unknown names are refused and values are not bent into other types."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class Grant:
    """A directory outside the job's own that its tools may read and, if `write`, change."""

    path: Path
    write: bool = False


@dataclass(frozen=True)
class ToolContext:
    """What a running call may use; a tool knows nothing else of the platform."""

    job_id: str
    attempt: int
    directory: Path
    sandbox: Sandbox
    log: OnLog
    limits: Limits = field(default_factory=Limits)
    grants: tuple[Grant, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    """What the spec adds to the environment of programs."""
    tools: Toolset | None = None
    """The tools of the workspace, those of its servers among them; None: our own alone."""
    mail: FindAccount | None = None
    """Gives the mail accounts of the workspace."""
    children: Children | None = None
    """The jobs that this one submits."""
    place: int = 0
    """Which of the job's calls it is, counted from 0; the same when it is made again."""


@dataclass(frozen=True)
class Tool:
    """One thing that an agent can do. `run` returns JSON, or raises Failure."""

    name: str
    description: str
    arguments: type[BaseModel]
    effect: Effect
    """The strongest effect that a call can have."""
    run: Callable[[ToolContext, Any], Awaitable[JSON]]
    effect_of_arguments: Callable[[Any], Effect] | None = None
    """Where some calls have less effect than others (a GET, a POST)."""
    no_references: frozenset[str] = frozenset()
    """Arguments in which a plan may not put earlier results when they are text (a shell line: injection)."""
    needs_directory: bool = True
    """Whether it works in the directory of its attempt."""

    def effect_of(self, arguments: BaseModel) -> Effect:
        """The effect of a call with exactly these arguments."""
        return self.effect_of_arguments(arguments) if self.effect_of_arguments else self.effect

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of the arguments."""
        return self.arguments.model_json_schema()
