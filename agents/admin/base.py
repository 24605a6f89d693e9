"""What admin pages have in common."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from agents.models import Workspace


class ById(admin.ModelAdmin):
    """Finds rows by an id, too: `id_fields` are those that hold one."""

    id_fields: ClassVar[Any] = ("pk",)
    show_full_result_count = False
    list_per_page = 50

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], term: str
    ) -> tuple[QuerySet[Any], bool]:
        id = _id(term)
        if id is None or not self.id_fields:
            return super().get_search_results(request, queryset, term)
        wanted = Q()
        for name in self.id_fields:
            wanted |= Q(**{name: id})
        return queryset.filter(wanted), False


def _id(text: str) -> UUID | None:
    try:
        return UUID(text.strip())
    except ValueError:
        return None


class NotDeleted(ById):
    """Rows that stay: what speaks of them would speak of nothing."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnly(NotDeleted):
    """Rows that only the platform writes."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class TenantForm(forms.ModelForm):
    """A row's workspace is chosen when it is made, and stays."""

    of_workspace = forms.ModelChoiceField(Workspace._default_manager.all(), label="Workspace")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_new = self.instance._state.adding
        if not self.is_new:
            self.fields.pop("of_workspace", None)
        if "project" in self.fields and not self.is_new:
            projects: Any = self.fields["project"]
            projects.queryset = projects.queryset.filter(workspace=self.instance.workspace)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.is_new and (workspace := cleaned.get("of_workspace")):
            self.instance.workspace = workspace
            project = cleaned.get("project")
            if project is not None and project.workspace_id != workspace.id:
                self.add_error("project", "This project is of another workspace.")
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        """Names are unique in their workspace, so what checks that must see the workspace."""
        exclusions: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return exclusions - {"workspace"}


class TenantAdmin(NotDeleted):
    form = TenantForm
    list_select_related: ClassVar[Any] = ("workspace",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        fields = [name for name in super().get_fields(request, obj) if name not in ("workspace", "of_workspace")]
        return ["workspace" if obj else "of_workspace", *fields]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*(["workspace"] if obj else []), *self.readonly_fields]
