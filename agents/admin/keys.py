"""Provider keys, without the keys: they are added and revoked by `interlock key` and the API."""

from __future__ import annotations

from django.contrib import admin

from agents.admin.base import ReadOnly
from agents.models import ProviderKey


@admin.register(ProviderKey)
class ProviderKeyAdmin(ReadOnly):
    fields = ("workspace", "provider", "name", "base_url", "last4", "created_by", "created_at", "revoked_at")
    list_display = ("name", "provider", "base_url", "last4", "workspace", "created_by", "created_at", "revoked_at")
    list_filter = ("provider", "workspace", ("revoked_at", admin.EmptyFieldListFilter))
    list_select_related = ("workspace",)
    search_fields = ("name", "base_url")
