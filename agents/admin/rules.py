"""Policy rules."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from agents.admin.base import TenantAdmin
from agents.models import Rule


@admin.register(Rule)
class RuleAdmin(TenantAdmin):
    list_display = ("order", "tool", "verdict", "comment", "workspace")
    list_display_links = ("order", "tool")
    list_filter = ("verdict", "workspace")
    search_fields = ("tool", "comment")
    readonly_fields = ("created_at",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True
