"""What a workspace gives its agents of each type."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from agents.admin.base import TenantAdmin, TenantForm
from agents.agent_roles import built_in
from agents.agent_types import AgentType
from agents.models import AgentRole
from agents.runtimes.llm.choosing import can_select
from agents.tools.registry import OWN


class AgentRoleForm(TenantForm):
    """A new one begins with the words of the built-in role."""

    class Meta:
        widgets = {"prompt": forms.Textarea(attrs={"rows": 16, "cols": 100})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.is_new and not self.is_bound:
            role = built_in(AgentType.DEV)
            begun = {"type": AgentType.DEV, "prompt": role.prompt, "tools": ",".join(role.tools)}
            self.initial = begun | dict(self.initial)

    def clean_tools(self) -> list[str]:
        tools: list[str] = self.cleaned_data["tools"]
        for pattern in tools:
            if not can_select(pattern, OWN.names()):
                raise forms.ValidationError(f"There is no tool {pattern!r}; {OWN.hint(pattern)}")
        return tools


@admin.register(AgentRole)
class AgentRoleAdmin(TenantAdmin):
    form = AgentRoleForm
    list_display = ("type", "workspace", "tools", "created_at")
    list_filter = ("type", "workspace")
    search_fields = ("prompt",)
    readonly_fields = ("created_at",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True
