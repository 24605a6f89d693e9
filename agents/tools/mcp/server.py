"""A server of a workspace and what it offers, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agents.tools.base import Effect

STDIO, HTTP = "stdio", "http"


@dataclass(frozen=True)
class RemoteTool:
    """One tool as its server described it when it was asked: plain JSON, within our bounds."""

    name: str
    description: str
    schema: Mapping[str, Any]
    annotations: Mapping[str, Any] = field(default_factory=dict)
    """What the server says of its effect, such as `readOnlyHint`. It is a claim, and nobody checks it."""

    @property
    def effect(self) -> Effect:
        """Unknown means external: a server that says nothing may do anything."""
        if self.annotations.get("readOnlyHint") is True:
            return Effect.PURE
        if self.annotations.get("idempotentHint") is True:
            return Effect.IDEMPOTENT
        return Effect.EXTERNAL

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "description": self.description,
            "schema": dict(self.schema),
            "annotations": dict(self.annotations),
        }

    def is_called_like(self, other: RemoteTool) -> bool:
        """Whether the policy and the checks of arguments that were made for one hold for the other."""
        return self.schema == other.schema and self.effect is other.effect


@dataclass(frozen=True)
class Skipped:
    """A tool that cannot be offered, and why."""

    name: str
    why: str


@dataclass(frozen=True)
class Server:
    """How a server is reached, and the tools that it is known to have."""

    name: str
    transport: str
    """`stdio`: `command` is started in the job's sandbox. `http`: `url` is asked (Streamable HTTP)."""
    command: tuple[str, ...] = ()
    url: str = ""
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    call_seconds: float = 60.0
    """How long one call may take."""
    tools: tuple[RemoteTool, ...] = ()
    problem: str = ""
    """Why it cannot be called at all; its calls say so."""
