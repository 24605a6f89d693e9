"""What of its workspace one attempt may reach: the tools of servers, and mail accounts; looked up when asked for."""

from __future__ import annotations

from agents import mail_accounts, tool_servers
from agents.tools.email.account import Account, FindAccount
from agents.tools.mcp.upstream import Upstream
from agents.tools.registry import OWN
from tasks.execution.ledger import in_database_async
from tasks.transitions import Claim

_NONE = Upstream()


async def upstream_of(claim: Claim) -> Upstream:
    """Whoever asks closes it. A command calls no tools, and most plans only our own."""
    if not _may_call_others(claim):
        return _NONE
    return Upstream(await in_database_async(lambda: tool_servers.offered_in(claim.workspace_id)))


def mail_of(claim: Claim) -> FindAccount:
    """Finds an account of the workspace as it is at that moment."""

    async def find(name: str | None) -> Account:
        return await in_database_async(lambda: mail_accounts.for_jobs(claim.workspace_id, name))

    return find


def _may_call_others(claim: Claim) -> bool:
    match claim.runtime:
        case "command":
            return False
        case "plan":
            return any(step["tool"] not in OWN for step in claim.work["steps"])
        case _:
            return True
