"""Policy rules."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from agents.admin.base import TenantAdmin, TenantForm
from agents.models import Rule
from agents.policy.checking import InvalidRule, checked


class RuleForm(TenantForm):
    """Takes what the API takes, and says the same of what it does not."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.errors:
            return cleaned
        try:
            cleaned |= checked(cleaned)
        except InvalidRule as error:
            for detail in error.details:
                field, _, deeper = detail.path.partition(".")
                self.add_error(field, f"{field}.{deeper}: {detail.message}" if deeper else detail.message)
        return cleaned


@admin.register(Rule)
class RuleAdmin(TenantAdmin):
    form = RuleForm
    list_display = ("order", "tool", "when", "verdict", "comment", "workspace")
    list_display_links = ("order", "tool")
    list_filter = ("verdict", "workspace")
    search_fields = ("tool", "when", "comment")
    readonly_fields = ("created_at",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True
