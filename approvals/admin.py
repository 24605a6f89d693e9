"""Approval requests: decided in the inbox, where policy and versions are checked; here they are only seen."""

from __future__ import annotations

from django.contrib import admin

from agents.admin.base import ReadOnly
from approvals.models import ApprovalRequest


@admin.register(ApprovalRequest)
class ApprovalRequestAdmin(ReadOnly):
    id_fields = ("pk", "job_id")
    list_display = ("tool", "state", "job", "requester", "created_at", "expires_at", "decided_by", "workspace")
    list_filter = ("state", "workspace", "created_at")
    list_select_related = ("job", "workspace")
    search_fields = ("tool", "requester", "decided_by", "job__title")
