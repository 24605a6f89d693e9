"""The tools of its workspace's servers for one attempt, looked up only where it may call one."""

from __future__ import annotations

from agents import tool_servers
from agents.tools.mcp.upstream import Upstream
from agents.tools.registry import OWN
from tasks.execution.ledger import in_database_async
from tasks.transitions import Claim


async def upstream_of(claim: Claim) -> Upstream:
    """Whoever asks closes it. A command calls no tools, and most plans only our own."""
    if not _may_call_others(claim):
        return Upstream()
    return Upstream(await in_database_async(lambda: tool_servers.offered_in(claim.workspace_id)))


def _may_call_others(claim: Claim) -> bool:
    match claim.runtime:
        case "command":
            return False
        case "plan":
            return any(step["tool"] not in OWN for step in claim.work["steps"])
        case _:
            return True
