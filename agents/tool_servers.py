"""The MCP servers of a workspace: set up, refreshed, switched, removed by its admins; read by those who run jobs.

What changes rows is called inside `tenancy.as_user`; `ask` is not, since it takes as long as the server does.
"""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db.models.functions import Now

from agents.actor import Actor
from agents.errors import Conflict, Detail, InterlockError, InvalidInput
from agents.models import ToolServer, Workspace
from agents.models.tool_server import Transport
from agents.roles import Role
from agents.runtimes.failure import Failure
from agents.sandbox.base import Limits
from agents.sandbox.directory import work_directory
from agents.sandbox.local import VARIABLE, LocalSandbox
from agents.sealing import CannotOpen, open_sealed, seal
from agents.tools.base import ToolContext
from agents.tools.mcp.discovery import discover
from agents.tools.mcp.server import RemoteTool, Server, Skipped
from agents.tools.registry import PREFIXES

MOST_SERVERS = 50
LONGEST_CALL_SECONDS = 600
ASKING_LIMITS = Limits(memory_mb=1024, processes=256, cpu_seconds=60, grace_seconds=1)
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}\Z")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")

Asked = tuple[list[RemoteTool], list[Skipped]]


class ToolServerFailed(InterlockError):
    code: ClassVar[str] = "tool_server_failed"
    status: ClassVar[int] = 502
    title: ClassVar[str] = "The tool server does not do as it should"


def create(
    actor: Actor,
    workspace: Workspace,
    *,
    name: str,
    command: Sequence[str] = (),
    url: str = "",
    env: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    call_seconds: float = 60,
) -> ToolServer:
    """Set one up: a program by its `command`, or an address by its `url`. It has no tools until it is refreshed.

    Raises InvalidInput with each fault, Conflict for a name that is taken, NotAllowed.
    """
    actor.require(Role.ADMIN, workspace.id, "set up tool servers")
    faults = [*_faults(name, command, url, call_seconds), *_faults_of_secrets(command, url, env or {}, headers or {})]
    if faults:
        first = faults[0]
        raise InvalidInput(f"{first.path}: {first.message}", details=faults)
    there = ToolServer.objects.in_workspace(workspace.id)
    if there.filter(name=name).exists():
        raise Conflict(f"There is a tool server {name} already; remove it first, or take another name.")
    if there.count() >= MOST_SERVERS:
        raise Conflict(f"A workspace may have {MOST_SERVERS} tool servers; remove one first.")
    made = ToolServer(
        workspace=workspace,
        name=name,
        transport=Transport.STDIO if command else Transport.HTTP,
        command=list(command),
        url=url,
        call_seconds=call_seconds,
    )
    made.env, made.headers = _sealed(made, "env", env), _sealed(made, "headers", headers)
    made.save(force_insert=True)
    made.refresh_from_db()
    return made


def find(actor: Actor, id: UUID | str, what: str) -> ToolServer:
    """The one of that id, for an admin of its workspace who wants to do `what`."""
    found: ToolServer = ToolServer.objects.find(actor, id, "tool server")
    actor.require(Role.ADMIN, found.workspace_id, what)
    return found


def remove(actor: Actor, id: UUID | str) -> ToolServer:
    """Remove it: jobs that name its tools fail from now on. Returns what it was."""
    found = find(actor, id, "remove tool servers")
    ToolServer.objects.for_user(actor).filter(pk=found.pk).delete()
    return found


def switch(actor: Actor, id: UUID | str, enabled: bool) -> ToolServer:
    """Offer its tools, or do not."""
    found = find(actor, id, "switch tool servers on and off")
    ToolServer.objects.for_user(actor).filter(pk=found.pk).update(enabled=enabled)
    found.refresh_from_db()
    return found


def ask(server: Server) -> Asked:
    """What it has now, asked here and at once; a program runs in a sandbox. Raises ToolServerFailed."""
    try:
        return asyncio.run(_ask(server))
    except Failure as failure:
        raise ToolServerFailed(failure.message) from None


def keep(actor: Actor, id: UUID | str, asked: Asked) -> ToolServer:
    """Take over what it said: from now on jobs call it so."""
    found = find(actor, id, "refresh tool servers")
    tools, skipped = asked
    ToolServer.objects.for_user(actor).filter(pk=found.pk).update(
        tools=[tool.as_dict() for tool in tools],
        skipped=[{"name": each.name, "why": each.why} for each in skipped],
        refreshed_at=Now(),
    )
    found.refresh_from_db()
    return found


def offered_in(workspace_id: UUID) -> list[Server]:
    """The servers whose tools the jobs of a workspace may call, with their secrets."""
    return [value_of(row) for row in ToolServer.objects.in_workspace(workspace_id).filter(enabled=True)]


def value_of(row: ToolServer, *, with_secrets: bool = True) -> Server:
    """The row as those who call it know it. A secret that cannot be read is told by the first call, not here."""
    problem, env, headers = "", {}, {}
    if with_secrets:
        try:
            env, headers = _opened(row, "env", row.env), _opened(row, "headers", row.headers)
        except CannotOpen as closed:
            problem = closed.message
    return Server(
        name=row.name,
        transport=row.transport,
        command=tuple(row.command),
        url=row.url,
        env=env,
        headers=headers,
        call_seconds=row.call_seconds,
        tools=tuple(RemoteTool(**tool) for tool in row.tools),
        problem=problem,
    )


def names_of_secrets(row: ToolServer) -> tuple[list[str], list[str]]:
    """The names of its variables and of its headers; never their values."""
    try:
        return sorted(_opened(row, "env", row.env)), sorted(_opened(row, "headers", row.headers))
    except CannotOpen:
        return [], []


async def _ask(server: Server) -> Asked:
    async def unheard(stream: str, line: str) -> None:
        """What it prints is nobody's log here."""

    with tempfile.TemporaryDirectory(prefix="interlock-") as base:
        async with work_directory(Path(base), "ask") as directory:
            sandbox = LocalSandbox(directory)
            try:
                return await discover(server, ToolContext("", 0, directory, sandbox, unheard, ASKING_LIMITS))
            finally:
                await sandbox.close()


def _faults(name: str, command: Sequence[str], url: str, call_seconds: float) -> list[Detail]:
    found = []
    if not _NAME.match(name):
        found.append(("name", "It is made of up to 40 small letters, digits and hyphens, and begins with a letter."))
    elif name in PREFIXES:
        found.append(("name", f"Tools of Interlock itself begin with {name}; take another name."))
    if bool(command) == bool(url):
        found.append(("command", "Give either the `command` of a program or the `url` of a server."))
    if command and not command[0]:
        found.append(("command", "The program has no name."))
    if any("\0" in word for word in command):
        found.append(("command", "It contains a NUL character."))
    if url and (why := _fault_of_address(url)):
        found.append(("url", why))
    if not 1 <= call_seconds <= LONGEST_CALL_SECONDS:
        found.append(("call_seconds", f"It is a number from 1 to {LONGEST_CALL_SECONDS}."))
    return [Detail(message, "invalid_value", path) for path, message in found]


def _fault_of_address(url: str) -> str:
    try:
        parts = urlsplit(url)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        whole = False
    if not whole or not url.isascii() or not url.isprintable() or " " in url:
        return "It begins with http:// or https:// and names a host."
    if parts.username is not None or parts.password is not None:
        return "It must not contain a user or password; give a header, which is kept encrypted."
    return ""


def _faults_of_secrets(
    command: Sequence[str], url: str, env: Mapping[str, str], headers: Mapping[str, str]
) -> list[Detail]:
    """The sentences name the names alone; the values are secret."""
    found = []
    if env and not command:
        found.append(("env", "Only a program has variables."))
    if headers and not url:
        found.append(("headers", "Only a server at an address gets headers."))
    for name, value in env.items():
        if not VARIABLE.match(name) or "\0" in value:
            found.append((f"env.{name[:60]}", "It is no variable of an environment, or its value has a NUL character."))
    for name, value in headers.items():
        if not _HEADER.match(name) or not value.isascii() or not value.isprintable():
            found.append((f"headers.{name[:60]}", "It is no header, or its value is not printable ASCII on one line."))
    return [Detail(message, "invalid_value", path) for path, message in found]


def _sealed(row: ToolServer, what: str, values: Mapping[str, str] | None) -> bytes:
    if not values:
        return b""
    return seal(json.dumps(dict(values)), row=_name_of(row, what), secret_key=settings.SECRET_KEY)


def _opened(row: ToolServer, what: str, sealed: bytes | memoryview) -> dict[str, Any]:
    if not sealed:
        return {}
    opened = open_sealed(bytes(sealed), row=_name_of(row, what), secret_key=settings.SECRET_KEY)
    return dict(json.loads(opened))


def _name_of(row: ToolServer, what: str) -> str:
    return f"{what} of tool server {row.workspace_id}/{row.id}"
