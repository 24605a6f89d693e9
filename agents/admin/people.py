"""Who belongs where, and who looked into everything."""

from __future__ import annotations

from django.contrib import admin

from agents.admin.base import ReadOnly
from agents.models import Membership, PlatformAccess


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):
    list_display = ("user", "workspace", "role", "created_at")
    list_filter = ("role", "workspace")
    list_select_related = ("user", "workspace")
    search_fields = ("user__username", "workspace__slug")
    raw_id_fields = ("user",)
    readonly_fields = ("created_at",)


@admin.register(PlatformAccess)
class PlatformAccessAdmin(ReadOnly):
    id_fields = ()
    list_display = ("at", "user", "path", "reason")
    list_filter = ("user", "at")
    list_select_related = ("user",)
    search_fields = ("path", "reason", "user__username")
