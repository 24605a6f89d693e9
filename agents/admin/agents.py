"""Agents and their contexts: jobs make and end them."""

from __future__ import annotations

from django.contrib import admin

from agents.admin.base import ReadOnly
from agents.models import Agent, ContextSnapshot


@admin.register(Agent)
class AgentAdmin(ReadOnly):
    id_fields = ("pk", "session_id")
    list_display = ("name", "type", "state", "session", "workspace", "created_at", "terminated_at")
    list_filter = ("state", "type", "workspace")
    list_select_related = ("session", "workspace")
    search_fields = ("name", "session__name")


@admin.register(ContextSnapshot)
class ContextSnapshotAdmin(ReadOnly):
    id_fields = ("pk", "agent_id")
    list_display = ("agent", "revision", "reason", "workspace", "created_at")
    list_filter = ("workspace",)
    list_select_related = ("agent", "workspace")
    search_fields = ("agent__name", "reason")
