"""The jobs that make, heal and end agents: spawn-agent, recover-context, terminate-agent."""

from __future__ import annotations

from importlib import import_module
from typing import Any, TypeVar

from django.db import transaction
from django.db.models.functions import Now
from pydantic import ValidationError

from agents import contexts
from agents.agent_roles import role_in
from agents.agent_types import AgentType
from agents.models import Agent
from agents.models.agent import Reason
from agents.runtimes.failure import permanent
from agents.runtimes.llm.sizes import AFTER, KNOWN_NOWHERE, NEAR, tokens_of
from agents.tenancy import say_actor, say_reason
from tasks.models import AgentJob
from tasks.operations.cancel_many import stop_all
from tasks.spec.choices import JobType
from tasks.spec.for_agents import DATA_OF, Data, RecoverData, SpawnData
from tasks.transitions import Claim

D = TypeVar("D", bound=Data)


def perform(claim: Claim) -> dict[str, Any]:
    """Do what the job's type says, in one transaction; returns the job's result. Raises Failure."""
    with transaction.atomic():
        say_actor(f"worker:{claim.worker}")
        say_reason(_read(claim, DATA_OF[JobType(claim.type)]).reason or "")
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
    asked = _read(claim, SpawnData)
    type = AgentType(claim.agent_type)
    name = asked.name or f"{type}-{str(claim.id)[-6:]}"
    there = Agent.objects.in_workspace(claim.workspace_id).filter(session_id=claim.session_id, name=name)
    agent = there.filter(spawned_by=claim.id).first()
    if agent is None:
        if there.filter(terminated_at=None).exists():
            raise permanent("agent_exists", f"There is an agent {name} in this session already; take another name.")
        role = role_in(claim.workspace_id, type)
        agent = Agent.objects.create(
            workspace_id=claim.workspace_id,
            session_id=claim.session_id,
            name=name,
            type=type,
            role_prompt=role.prompt if asked.role_prompt is None else asked.role_prompt,
            tools=list(role.tools if asked.tools is None else asked.tools),
            spawned_by=claim.id,
        )
        contexts.write(agent, claim.session_id, [], Reason.SPAWNED, claim.id)
    return {"agent": str(agent.id), "name": agent.name, "type": agent.type, "tools": agent.tools}


def recover(claim: Claim) -> dict[str, Any]:
    """Load the newest context, or an earlier one, as a new revision; shorter where it comes near the window."""
    asked, agent = _read(claim, RecoverData), _agent(claim)
    if agent.terminated_at is not None:
        raise permanent("agent_terminated", f"The agent {agent.name} was terminated and cannot be recovered.")
    found = contexts.load(agent, claim.session_id, asked.revision)
    if asked.revision is not None and not found.revision:
        raise permanent("no_revision", f"The agent {agent.name} has no revision {asked.revision} in this session.")
    window, messages = asked.context_window or KNOWN_NOWHERE, found.messages
    if is_too_long := tokens_of(messages) > window * NEAR:
        messages = _compressing().trimmed(messages, int(window * AFTER))
    reason = Reason.COMPRESSED if is_too_long else Reason.RECOVERED
    made = contexts.write(agent, claim.session_id, messages, reason, claim.id)
    return {
        "agent": str(agent.id),
        "revision": made.revision,
        "from_revision": found.revision,
        "messages": made.messages,
        "tokens": made.tokens,
        "compressed": is_too_long,
    }


def terminate(claim: Claim) -> dict[str, Any]:
    """End the agent: no more jobs for it, those that there are stop and give back what they hold, its record stays."""
    agent = _agent(claim)
    Agent.objects.filter(pk=agent.pk, terminated_at=None).update(terminated_at=Now())
    jobs = AgentJob.objects.in_workspace(claim.workspace_id).filter(agent=agent).exclude(pk=claim.id)
    reason = f"the agent {agent.name} was terminated"
    if said := _read(claim, Data).reason:
        reason = f"{reason}: {said}"
    stopped = stop_all(list(jobs.open().values_list("pk", flat=True)), by="terminate-agent", reason=reason)
    return {"agent": str(agent.id), "cancelled": len(stopped.never_started), "stopping": len(stopped.running)}


def _agent(claim: Claim) -> Agent:
    """Locked, so that revisions and the end come one after the other."""
    agents = Agent.objects.in_workspace(claim.workspace_id).select_for_update(no_key=True)
    found = agents.filter(pk=claim.agent_id).first() if claim.agent_id else None
    if found is None:
        raise permanent("no_agent", "The job names no agent; give the agent's id or name as `agent`.")
    return found


def _read(claim: Claim, model: type[D]) -> D:
    """What the job says; it was checked at the door, but a rule may have taken something out since."""
    try:
        return model.model_validate(claim.data)
    except ValidationError as problem:
        raise permanent("bad_work", "The job's data cannot be used any more.") from problem


def _compressing() -> Any:
    """Reading messages takes a library that takes seconds to import: only who must shorten them pays for it."""
    return import_module("agents.runtimes.llm.compressing")
