"""MCP servers of workspaces, to look at: their secrets are not shown, and their admins change them over the API."""

from __future__ import annotations

from django.contrib import admin

from agents.admin.base import ReadOnly
from agents.models import ToolServer


@admin.register(ToolServer)
class ToolServerAdmin(ReadOnly):
    list_display = ("name", "workspace", "transport", "enabled", "refreshed_at", "created_at")
    list_filter = ("transport", "enabled", "workspace")
    list_select_related = ("workspace",)
    search_fields = ("name", "url")
    fields = (
        "workspace",
        "name",
        "transport",
        "command",
        "url",
        "enabled",
        "call_seconds",
        "tools",
        "skipped",
        "refreshed_at",
        "created_at",
    )
