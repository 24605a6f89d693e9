"""Approvals: decided in the inbox, where policy and versions are checked; here they are only seen."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin

from agents.admin.base import ReadOnly
from approvals.models import ApprovalDecision, ApprovalRequest
from tasks.models import SessionGrant


@admin.register(ApprovalRequest)
class ApprovalRequestAdmin(ReadOnly):
    id_fields = ("pk", "job_id", "call_id")
    list_display = ("action", "state", "job", "requester", "created_at", "expires_at", "decided_by", "workspace")
    list_filter = ("state", "workspace", "created_at")
    list_select_related = ("job", "workspace")
    search_fields = ("action", "tool", "requester", "decided_by", "job__title")


@admin.register(ApprovalDecision)
class ApprovalDecisionAdmin(ReadOnly):
    id_fields: ClassVar[Any] = ("pk", "request_id")
    list_display = ("request", "said", "by", "created_at", "comment", "remembered", "workspace")
    list_filter = ("said", "remembered", "workspace", "created_at")
    list_select_related = ("request", "workspace")
    search_fields = ("by", "comment", "request__action")


@admin.register(SessionGrant)
class SessionGrantAdmin(ReadOnly):
    id_fields: ClassVar[Any] = ("pk", "session_id")
    list_display = ("tool", "session", "granted_by", "created_at", "expires_at", "revoked_at", "workspace")
    list_filter = ("workspace", "created_at")
    list_select_related = ("session", "workspace")
    search_fields = ("tool", "granted_by", "session__name")
