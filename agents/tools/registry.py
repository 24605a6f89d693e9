"""Our own tools, by name. A workspace may have more: see `agents.tools.mcp`."""

from __future__ import annotations

from agents.tools import echo, http, shell, sleep
from agents.tools.files import list as list_
from agents.tools.files import read, search, write
from agents.tools.toolset import InvalidArguments, Toolset, UnknownTool, details_of

__all__ = ["OWN", "InvalidArguments", "UnknownTool", "all", "details_of", "get", "is_ours", "names", "validate"]

_MODULES = (echo, sleep, read, write, list_, search, shell, http)

OWN = Toolset({module.TOOL.name: module.TOOL for module in _MODULES})

get, names, all, validate = OWN.get, OWN.names, OWN.all, OWN.validate

PREFIXES = frozenset({name.partition(".")[0] for name in OWN.names()} | {"submit", "mcp", "email"})
"""What the names of our tools begin with, or may some day; no server of a workspace can be called so."""


def is_ours(name: str) -> bool:
    """Whether the name can only be that of one of our own tools, there or not; others may be `server.tool`."""
    prefix, dot, _ = name.partition(".")
    return not dot or prefix in PREFIXES
