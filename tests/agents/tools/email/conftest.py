from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from agents.runtimes.failure import Failure
from agents.sandbox.local import LocalSandbox
from agents.tools import registry
from agents.tools.base import ToolContext
from agents.tools.calling import call
from agents.tools.email.account import Account
from tests.mail.servers import MailServers, mail_servers

__all__ = ["mail_servers"]

Use = Callable[..., Any]


class Desk:
    """Calls the email tools with one account; a Failure is what comes back where one is raised."""

    def __init__(self, directory: Path, account: Account) -> None:
        self.directory, self.account = directory, account

    async def calling(self, tool: str, **arguments: Any) -> Any:
        async def log(stream: str, line: str) -> None:
            pass

        async def find(name: str | None) -> Account:
            return self.account

        context = ToolContext("job-1", 1, self.directory, LocalSandbox(self.directory), log, mail=find)
        return await call(registry.get(tool), context, registry.validate(tool, arguments))

    def use(self, tool: str, **arguments: Any) -> Any:
        async def scenario() -> Any:
            try:
                return await self.calling(tool, **arguments)
            except Failure as failure:
                return failure

        return asyncio.run(scenario())

    def cancel_when(self, seen: Callable[[], Awaitable[Any]], tool: str, **arguments: Any) -> float:
        """Cancel the call when `seen` returns; how long it then took to end."""

        async def scenario() -> float:
            running = asyncio.create_task(self.calling(tool, **arguments))
            await seen()
            start = asyncio.get_running_loop().time()
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
            return asyncio.get_running_loop().time() - start

        return asyncio.run(scenario())


@pytest.fixture
def desk(mail_servers: MailServers, tmp_path: Path) -> Desk:
    """Over IMAP and SMTP, with empty mailboxes."""
    mail_servers.empty()
    return Desk(tmp_path, mail_servers.account())
