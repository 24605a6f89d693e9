"""Our own tools, by name. A workspace may have more: see `agents.tools.mcp`."""

from __future__ import annotations

import re

from agents.tools import echo, http, shell, sleep
from agents.tools.email import list as email_list
from agents.tools.email import read as email_read
from agents.tools.email import search as email_search
from agents.tools.email import send as email_send
from agents.tools.files import list as list_
from agents.tools.files import read, search, write
from agents.tools.task import submit as task_submit
from agents.tools.task import wait as task_wait
from agents.tools.toolset import InvalidArguments, Toolset, UnknownTool, details_of

__all__ = ["OWN", "InvalidArguments", "UnknownTool", "all", "details_of", "get", "names", "validate"]

_FILES = (read, write, list_, search)
_EMAIL = (email_list, email_read, email_search, email_send)
_TASK = (task_submit, task_wait)
_MODULES = (echo, sleep, *_FILES, shell, http, *_EMAIL, *_TASK)

OWN = Toolset({module.TOOL.name: module.TOOL for module in _MODULES})

get, names, all, validate = OWN.get, OWN.names, OWN.all, OWN.validate

PREFIXES = frozenset({name.partition(".")[0] for name in OWN.names()} | {"submit", "mcp"})
"""What the names of our tools begin with, or may some day; no server of a workspace can be called so."""


_OF_A_SERVER = re.compile(r"[a-z][a-z0-9-]{0,39}\.[A-Za-z0-9_.-]{1,128}\Z")


def may_be_of_a_server(name: str) -> bool:
    """Whether the name is `server.tool`, so that only its workspace tells if there is such a one."""
    return _OF_A_SERVER.match(name) is not None and name.partition(".")[0] not in PREFIXES
