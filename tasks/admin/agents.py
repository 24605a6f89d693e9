"""Agents, what each is doing, and its contexts: jobs make and end them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from agents.admin.base import ReadOnly
from agents.models import Agent, ContextSnapshot
from tasks.agents import AgentState, with_states


class ByState(admin.SimpleListFilter):
    title = parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(state.value, state.value) for state in AgentState]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(state=self.value()) if self.value() else queryset


@admin.register(Agent)
class AgentAdmin(ReadOnly):
    id_fields = ("pk", "session_id")
    list_display = ("name", "type", "state", "session", "workspace", "created_at", "terminated_at")
    list_filter = (ByState, "type", "workspace")
    list_select_related = ("session", "workspace")
    search_fields = ("name", "session__name")
    readonly_fields: ClassVar[Any] = ("state",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return with_states(super().get_queryset(request))

    @admin.display(ordering="state")
    def state(self, agent: Any) -> str:
        return str(agent.state)


@admin.register(ContextSnapshot)
class ContextSnapshotAdmin(ReadOnly):
    """What was said stays sealed; that there is a revision, why, and how long it is does not."""

    id_fields = ("pk", "agent_id", "job")
    list_display = ("agent", "revision", "reason", "session", "messages", "tokens", "workspace", "created_at")
    list_filter = ("reason", "workspace")
    list_select_related = ("agent", "session", "workspace")
    search_fields = ("agent__name", "session__name")
    exclude = ("sealed",)
