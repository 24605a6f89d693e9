"""Which jobs a list shows."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q

from agents.actor import Actor
from agents.agent_types import AgentType
from agents.models import Session
from tasks.api.queries import WORKSPACE, Parameter, moment, read_priority, words
from tasks.models import AgentJob
from tasks.querysets import JobQuerySet
from tasks.spec.choices import JobType, RuntimeName
from tasks.states import State

ERROR_KINDS = ("permanent", "exhausted", "timed_out", "crashed")
TYPE = words("type", "Jobs of any of these types.", list(JobType), "types")
FILTERS = (
    words("state", "Jobs in any of these states.", [state.value for state in State], "states"),
    Parameter("session", "Jobs of the session with this id or name."),
    words("agent_type", "Jobs for any of these types of agents.", AgentType.values, "types of agents"),
    Parameter("tag", "Jobs that have all of these tags.", many=True),
    Parameter("priority", "Jobs of any of these priorities: `P1`, `high` or `2`.", read_priority, many=True),
    Parameter("project", "Jobs of the project with this slug."),
    words("runtime", "Jobs of any of these runtimes.", list(RuntimeName), "runtimes"),
    Parameter("tool", "Jobs that are a single call of this tool."),
    Parameter("parent", "Jobs that the job with this id submitted."),
    moment("created_after", "Jobs made at this time or later."),
    moment("created_before", "Jobs made before this time."),
    Parameter("q", "Jobs whose title, description or key holds each of these words."),
    words("error_kind", "Failed jobs, by why there is no other attempt.", ERROR_KINDS, "kinds of errors"),
    WORKSPACE,
)


def matching(actor: Actor, asked: dict[str, Any]) -> JobQuerySet:
    """The jobs that the actor may see and that meet everything asked."""
    jobs: JobQuerySet = AgentJob.objects.for_user(actor)
    if asked["session"]:
        jobs = jobs.of_sessions(sessions_named(actor, asked["session"]))
    if asked["parent"]:
        jobs = jobs.submitted_by(asked["parent"])
    if asked["tag"]:
        jobs = jobs.tagged(*asked["tag"])
    if asked["q"]:
        jobs = jobs.mentioning(asked["q"])
    return jobs.filter(**{lookup: asked[name] for name, lookup in _LOOKUPS.items() if asked.get(name)})


_LOOKUPS = {
    "state": "state__in",
    "type": "type__in",
    "agent_type": "agent_type__in",
    "priority": "priority__in",
    "project": "project__slug",
    "runtime": "runtime__in",
    "tool": "tool",
    "error_kind": "error_kind__in",
    "created_after": "created_at__gte",
    "created_before": "created_at__lt",
    "workspace": "workspace__slug",
}


def sessions_named(actor: Actor, said: str) -> list[UUID]:
    """Those of that name, one in each workspace at most, or the one with that id."""
    named = Q(name=said)
    try:
        named |= Q(pk=UUID(said))
    except ValueError:
        pass
    return list(Session.objects.for_user(actor).filter(named).values_list("pk", flat=True))
