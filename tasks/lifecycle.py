"""The jobs that make, heal and end agents: spawn-agent, recover-context, terminate-agent."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from agents.agent_types import AgentType
from agents.models import Agent, ContextSnapshot
from agents.models.agent import AgentState
from agents.runtimes.failure import permanent
from tasks.models import AgentJob
from tasks.operations.cancel_many import stop_all
from tasks.spec.choices import JobType
from tasks.transitions import Claim


def perform(claim: Claim) -> dict[str, Any]:
    """Do what the job's type says, in one transaction; returns the job's result. Raises Failure."""
    with transaction.atomic():
        match claim.type:
            case JobType.SPAWN_AGENT:
                return spawn(claim)
            case JobType.RECOVER_CONTEXT:
                return recover(claim)
            case JobType.TERMINATE_AGENT:
                return terminate(claim)
    raise permanent("unknown_job_type", f"Nobody runs jobs of the type {claim.type!r}.")


def spawn(claim: Claim) -> dict[str, Any]:
    """Make the agent and its first context; a second run of the same job finds what the first one made."""
    job = AgentJob.objects.get(pk=claim.id)
    agent, made = Agent.objects.get_or_create(
        workspace_id=claim.workspace_id,
        session_id=claim.session_id,
        name=claim.data.get("name") or f"{job.agent_type}-{str(claim.id)[-6:]}",
        defaults={
            "type": AgentType(job.agent_type),
            "role_prompt": claim.data.get("role_prompt", ""),
        },
    )
    if made:
        _snapshot(agent, claim.data.get("context", {}), "spawned")
    return {"agent": str(agent.id), "name": agent.name, "type": agent.type}


def recover(claim: Claim) -> dict[str, Any]:
    """Load the newest context as a new revision, and let the agent go on from there."""
    agent = _agent(claim)
    if agent.state == AgentState.TERMINATED:
        raise permanent("agent_terminated", f"The agent {agent.name} was terminated and cannot be recovered.")
    newest = agent.snapshots.order_by("-revision").first()
    snapshot = _snapshot(agent, newest.data if newest else {}, claim.data.get("reason", "recovered"))
    Agent.objects.filter(pk=agent.pk).update(state=AgentState.IDLE)
    return {"agent": str(agent.id), "revision": snapshot.revision}


def terminate(claim: Claim) -> dict[str, Any]:
    """End the agent: its jobs are cancelled, its record stays."""
    agent = _agent(claim)
    jobs = AgentJob.objects.in_workspace(claim.workspace_id).filter(agent=agent).exclude(pk=claim.id)
    reason = f"the agent {agent.name} was terminated"
    stopped = stop_all(list(jobs.open().values_list("pk", flat=True)), by="terminate-agent", reason=reason)
    Agent.objects.filter(pk=agent.pk).update(state=AgentState.TERMINATED, terminated_at=timezone.now())
    return {"agent": str(agent.id), "cancelled": len(stopped.never_started), "stopping": len(stopped.running)}


def _agent(claim: Claim) -> Agent:
    agents = Agent.objects.in_workspace(claim.workspace_id).select_for_update()
    found = agents.filter(pk=claim.agent_id).first() if claim.agent_id else None
    if found is None:
        raise permanent("no_agent", "The job names no agent; give the agent's id or name as `agent`.")
    return found


def _snapshot(agent: Agent, data: dict[str, Any], reason: str) -> ContextSnapshot:
    newest = agent.snapshots.order_by("-revision").values_list("revision", flat=True).first() or 0
    return ContextSnapshot.objects.create(
        workspace_id=agent.workspace_id, agent=agent, revision=newest + 1, data=data, reason=reason[:200]
    )
