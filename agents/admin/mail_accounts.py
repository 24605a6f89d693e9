"""Mail accounts of workspaces, to look at: their secrets are not shown, and their admins change them over the API."""

from __future__ import annotations

from django.contrib import admin

from agents.admin.base import ReadOnly
from agents.models import MailAccount


@admin.register(MailAccount)
class MailAccountAdmin(ReadOnly):
    list_display = ("name", "workspace", "kind", "address", "imap_host", "api_base", "created_at")
    list_filter = ("kind", "workspace")
    list_select_related = ("workspace",)
    search_fields = ("name", "address")
    fields = (
        "workspace",
        "name",
        "kind",
        "address",
        "user",
        ("imap_host", "imap_port", "imap_tls"),
        ("smtp_host", "smtp_port", "smtp_tls"),
        "api_base",
        "token_url",
        "client_id",
        "created_at",
    )
