"""/api/agents/: list and show. Jobs make, heal and end them: see /api/agent-jobs/."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from agents.actor import Actor
from agents.agent_types import AgentType
from agents.api.views import ApiView
from agents.models import Agent, ContextSnapshot
from tasks.agents import AgentState, open_jobs, with_states
from tasks.api import paging, queries
from tasks.api.describing import operation
from tasks.api.shapes import agent as shapes
from tasks.api.shapes.job import SessionName

TAG = "agents"
STATE = queries.words("state", "Agents in any of these states.", tuple(AgentState), "states")
TYPE = queries.words("type", "Agents of any of these types.", tuple(AgentType.values), "types")
NAME = queries.Parameter("name", "Agents of this name.")
SESSION = queries.Parameter("session", "Agents of the session of this name.")
LIMIT = queries.limit()
FILTERS = (STATE, TYPE, NAME, SESSION, queries.WORKSPACE)
MOST_CONTEXTS = 50


def shape_of(row: Any) -> shapes.Agent:
    """`row` has its `state`, as `with_states` gives it."""
    return shapes.Agent.model_construct(
        id=row.id,
        name=row.name,
        type=row.type,
        state=row.state,
        workspace=row.workspace.slug,
        session=SessionName.model_construct(id=row.session_id, name=row.session.name),
        tools=row.tools,
        created_at=row.created_at,
        terminated_at=row.terminated_at,
    )


def context_of(row: ContextSnapshot) -> shapes.Context:
    return shapes.Context.model_construct(
        revision=row.revision,
        session=row.session_id,
        reason=row.reason,
        job=row.job,
        messages=row.messages,
        tokens=row.tokens,
        created_at=row.created_at,
    )


def detail_of(actor: Actor, row: Any) -> shapes.AgentDetail:
    contexts = ContextSnapshot.objects.for_user(actor).filter(agent=row).defer("sealed").order_by("-revision")
    return shapes.AgentDetail.model_construct(
        **dict(shape_of(row)),
        role_prompt=row.role_prompt,
        jobs=open_jobs(row),
        contexts=[context_of(each) for each in contexts[:MOST_CONTEXTS]],
    )


class Agents(ApiView):
    @operation(
        "listAgents",
        "List agents, the newest first",
        tag=TAG,
        query=(*FILTERS, queries.CURSOR, LIMIT),
        answers={200: shapes.AgentPage},
    )
    def get(self, request: Request) -> Response:
        asked = queries.read(request, *FILTERS, queries.CURSOR, LIMIT)

        def page(actor: Actor) -> shapes.AgentPage:
            rows = with_states(Agent.objects.for_user(actor).select_related("workspace", "session"))
            lookups = {"state__in": asked["state"], "type__in": asked["type"], "name": asked["name"]}
            lookups |= {"session__name": asked["session"], "workspace__slug": asked["workspace"]}
            rows = rows.filter(**{lookup: said for lookup, said in lookups.items() if said})
            found, cursor = paging.part(rows, asked["cursor"], asked["limit"])
            return shapes.AgentPage.model_construct(
                results=[shape_of(row) for row in found], next=paging.address(request, cursor)
            )

        return Response(self.inside(page))


class OneAgent(ApiView):
    @operation(
        "getAgent",
        "Show an agent with its role, its open jobs and its contexts",
        tag=TAG,
        answers={200: shapes.AgentDetail},
    )
    def get(self, request: Request, id: str) -> Response:
        queries.read(request)

        def shown(actor: Actor) -> shapes.AgentDetail:
            rows: Any = with_states(Agent.objects.select_related("workspace", "session"))
            return detail_of(actor, rows.find(actor, id, "agent"))

        return Response(self.inside(shown))
