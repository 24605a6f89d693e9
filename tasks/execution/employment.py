"""What a job gets of the agent that it names: its role, its tools, and what was said before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from agents import contexts
from agents.models import Agent
from agents.runtimes.failure import permanent
from tasks.execution.ledger import in_database_async
from tasks.spec.choices import ContextChoice, RuntimeName
from tasks.transitions import Claim


@dataclass(frozen=True)
class Employment:
    """What is added to the job's work, and the conversation that it goes on with."""

    work: dict[str, Any]
    earlier: Any = None


NOBODYS = Employment({})


async def employment_of(claim: Claim) -> Employment:
    """Raises the Failure `agent_terminated`: a submission may have come in while the agent ended, or be retried."""
    id = claim.agent_id
    return NOBODYS if id is None else await in_database_async(lambda: _employed_by(id, claim))


def _employed_by(id: UUID, claim: Claim) -> Employment:
    agent = Agent.objects.in_workspace(claim.workspace_id).get(pk=id)
    if agent.terminated_at is not None:
        raise permanent("agent_terminated", f"The agent {agent.name} was terminated and takes no more jobs.")
    if claim.runtime != RuntimeName.LLM:
        return NOBODYS
    role = {"role": {"prompt": agent.role_prompt, "tools": agent.tools}}
    if claim.work.get("context") == ContextChoice.NEW:
        return Employment(role)
    context = contexts.newest(agent, claim.session_id)
    return Employment(role, {"messages": context.messages, "revision": context.revision})
