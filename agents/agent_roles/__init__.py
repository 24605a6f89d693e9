"""What agents of each type are told and may use: the built-in roles are TOML files beside this module."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from uuid import UUID

from agents.agent_types import AgentType
from agents.models import AgentRole

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Role:
    """A role prompt, and the names and globs of tools."""

    prompt: str
    tools: Sequence[str]


@cache
def built_in(type: AgentType) -> Role:
    with (FOLDER / f"{type.value}.toml").open("rb") as file:
        said = tomllib.load(file)
    return Role(said["prompt"].strip(), tuple(said["tools"]))


def role_in(workspace_id: UUID, type: AgentType) -> Role:
    """What the workspace says of agents of this type, else the built-in role."""
    own = AgentRole.objects.in_workspace(workspace_id).filter(type=type).first()
    return Role(own.prompt, tuple(own.tools)) if own else built_in(type)
