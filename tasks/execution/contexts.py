"""A job's conversation becomes its agent's: when the job completes, and when it was compressed on the way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from agents import contexts
from agents.models import Agent
from agents.models.agent import Reason
from agents.tools.base import JSON
from tasks.execution import checkpoints
from tasks.execution.ledger import in_database_async
from tasks.spec.choices import RuntimeName
from tasks.transitions import IN_STATE, Claim


def finish(claim: Claim) -> None:
    """In the transaction that completes the job, before it does.

    Where other jobs of the agent have completed since this one began, its part comes behind theirs, and nothing that
    either said is lost.
    """
    id = claim.agent_id
    if id is None or claim.runtime != RuntimeName.LLM:
        return
    agent = _locked(id, claim)
    kept = checkpoints.kept_by(claim)
    if agent is None or not kept:
        return
    messages, base = kept["messages"], kept.get("base")
    if base is not None:
        newest = contexts.newest(agent, claim.session_id)
        if newest.revision != base and newest.job != claim.id:
            messages = [*newest.messages, *messages[kept.get("began", 0) :]]
    contexts.write(agent, claim.session_id, messages, Reason.FINISHED, claim.id)


async def compressed(claim: Claim, messages: JSON) -> int | None:
    """The revision; None where the job is no agent's, or not this worker's any more."""
    id = claim.agent_id
    return None if id is None else await in_database_async(lambda: _compressed(id, claim, messages))


def _compressed(id: UUID, claim: Claim, messages: Sequence[Any]) -> int | None:
    with transaction.atomic():
        agent = _locked(id, claim)
        if agent is None:
            return None
        return contexts.write(agent, claim.session_id, messages, Reason.COMPRESSED, claim.id).revision


def _locked(id: UUID, claim: Claim) -> Agent | None:
    """The agent, and then the job, in the order in which `terminate-agent` locks them; None where the epoch is over."""
    agents = Agent.objects.in_workspace(claim.workspace_id).select_for_update(no_key=True)
    agent: Agent | None = agents.filter(pk=id).first()
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT set_config('interlock.actor', %s, true) FROM tasks_agentjob
            WHERE id = %s AND epoch = %s AND {IN_STATE} 'running' FOR NO KEY UPDATE
            """,
            [f"worker:{claim.worker}", claim.id, claim.epoch],
        )
        return agent if cursor.fetchone() else None
