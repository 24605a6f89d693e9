"""Workspaces, projects and sessions. Their caps, weights and pauses act as soon as they are saved."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin

from agents.admin.base import NotDeleted, TenantAdmin
from agents.models import Membership, Project, Workspace


class Members(admin.TabularInline):
    model = Membership
    extra = 0
    raw_id_fields = ("user",)


@admin.register(Workspace)
class WorkspaceAdmin(NotDeleted):
    list_display = ("slug", "name", "weight", "max_running", "max_running_per_session", "paused_at", "created_at")
    list_filter = (("paused_at", admin.EmptyFieldListFilter),)
    search_fields = ("slug", "name")
    inlines = (Members,)
    readonly_fields = ("created_at",)
    prepopulated_fields: ClassVar[Any] = {"slug": ("name",)}


@admin.register(Project)
class ProjectAdmin(TenantAdmin):
    list_display = ("slug", "name", "workspace", "repository", "max_running", "paused_at")
    list_filter = ("workspace", ("paused_at", admin.EmptyFieldListFilter))
    search_fields = ("slug", "name", "repository")
    readonly_fields = ("created_at",)
