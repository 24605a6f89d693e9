"""Sessions: their caps and weights act as soon as they are saved; pausing and closing are verbs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from agents.actor import Actor
from agents.admin.base import TenantAdmin
from agents.models import Session
from tasks import sessions
from tasks.admin.verbs import call_for_each


def _each(request: HttpRequest, rows: QuerySet[Session], verb: Callable[[Actor, Any], object], became: str) -> None:
    def named(actor: Actor, row: Session) -> str:
        verb(actor, row.pk)
        return became

    call_for_each(request, rows, named)


@admin.register(Session)
class SessionAdmin(TenantAdmin):
    list_display = ("name", "workspace", "project", "weight", "max_running", "paused_at", "closed_at", "created_at")
    list_filter = (("closed_at", admin.EmptyFieldListFilter), ("paused_at", admin.EmptyFieldListFilter), "workspace")
    list_select_related = ("workspace", "project")
    search_fields = ("name", "opened_by")
    readonly_fields = ("opened_by", "created_at", "paused_at", "closed_at")
    actions = ("pause", "resume", "drain", "close")

    @admin.action(description="Pause selected sessions")
    def pause(self, request: HttpRequest, rows: QuerySet[Session]) -> None:
        _each(request, rows, lambda actor, id: sessions.pause(actor, id, "paused in the admin"), "paused")

    @admin.action(description="Resume selected sessions")
    def resume(self, request: HttpRequest, rows: QuerySet[Session]) -> None:
        _each(request, rows, sessions.resume, "resumed")

    @admin.action(description="Close selected sessions and let their jobs end")
    def drain(self, request: HttpRequest, rows: QuerySet[Session]) -> None:
        _each(request, rows, lambda actor, id: sessions.close(actor, id, "drain"), "closed")

    @admin.action(description="Close selected sessions and cancel their jobs")
    def close(self, request: HttpRequest, rows: QuerySet[Session]) -> None:
        _each(request, rows, lambda actor, id: sessions.close(actor, id, "cancel"), "closed")
