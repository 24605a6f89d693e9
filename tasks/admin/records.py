"""What is on record of jobs: nobody writes here but the platform."""

from __future__ import annotations

from statistics import fmean
from typing import Any, ClassVar

from django.contrib import admin

from agents.admin.base import NotDeleted, ReadOnly
from tasks.models import (
    Attempt,
    Cancellation,
    Checkpoint,
    Child,
    Coverage,
    Dependency,
    Event,
    Forecast,
    IdempotencyKey,
    LogChunk,
    PlatformState,
    QueueChange,
    ResourceSample,
    Spending,
    ToolCall,
    WorkArchive,
    WorkKind,
)


class OfJob(ReadOnly):
    id_fields: ClassVar[Any] = ("pk", "job_id")
    list_select_related: ClassVar[Any] = ("job", "workspace")
    search_fields: ClassVar[Any] = ("job__title",)


@admin.register(Attempt)
class AttemptAdmin(OfJob):
    list_display = (
        "job",
        "number",
        "outcome",
        "worker_id",
        "started_at",
        "ended_at",
        "charged",
        "error_code",
        "workspace",
    )
    list_filter = ("outcome", "charged", "error_kind", "workspace", "started_at")
    search_fields = ("job__title", "worker_id", "error_code")
    ordering = ("-pk",)


@admin.register(WorkArchive)
class WorkArchiveAdmin(OfJob):
    list_display = ("job", "attempts", "created_at", "workspace")
    list_filter = ("workspace", "created_at")
    exclude = ("content",)
    ordering = ("-pk",)


@admin.register(Checkpoint)
class CheckpointAdmin(OfJob):
    list_display = ("job", "created_at", "workspace")
    list_filter = ("workspace", "created_at")
    exclude = ("sealed",)
    ordering = ("-pk",)


@admin.register(ToolCall)
class ToolCallAdmin(OfJob):
    list_display = (
        "job",
        "attempt",
        "index",
        "tool",
        "state",
        "effect",
        "verdict",
        "seconds",
        "created_at",
        "workspace",
    )
    list_filter = ("state", "effect", "verdict", "workspace")
    search_fields = ("job__title", "tool")
    ordering = ("-pk",)


@admin.register(LogChunk)
class LogChunkAdmin(OfJob):
    id_fields = ("job_id",)
    list_display = ("id", "job", "attempt", "stream", "__str__", "at", "workspace")
    list_filter = ("stream", "workspace")
    ordering = ("-pk",)


@admin.register(Dependency)
class DependencyAdmin(OfJob):
    id_fields = ("pk", "job_id", "requires_id")
    list_display = ("job", "requires", "workspace", "created_at")
    list_filter = ("workspace",)
    list_select_related = ("job", "requires", "workspace")
    search_fields = ("job__title", "requires__title")


@admin.register(Child)
class ChildAdmin(OfJob):
    id_fields = ("pk", "job_id", "parent_id")
    list_display = ("job", "parent", "awaited", "shares_budget", "workspace", "created_at")
    list_filter = ("awaited", "shares_budget", "workspace")
    list_select_related = ("job", "parent", "workspace")
    search_fields = ("job__title", "parent__title")


@admin.register(Spending)
class SpendingAdmin(OfJob):
    list_display = ("job", "tokens", "cost", "created_at", "workspace")
    list_filter = ("workspace",)


@admin.register(Event)
class EventAdmin(ReadOnly):
    id_fields = ("job_id", "session_id")
    list_display = ("seq", "kind", "before", "after", "job_id", "actor", "reason", "worker", "at", "workspace")
    list_display_links = ("seq", "kind")
    list_filter = ("kind", "workspace", "at")
    list_select_related = ("workspace",)
    search_fields = ("actor", "reason", "worker")
    ordering = ("-pk",)


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(ReadOnly):
    list_display = ("key", "workspace", "created_at", "made")
    list_filter = ("workspace",)
    list_select_related = ("workspace",)
    search_fields = ("key",)

    @admin.display(description="jobs")
    def made(self, row: IdempotencyKey) -> int:
        return len(row.jobs)


@admin.register(Cancellation)
class CancellationAdmin(ReadOnly):
    list_display = ("id", "asked_by", "reason", "total", "workspace", "created_at")
    list_filter = ("workspace",)
    list_select_related = ("workspace",)
    search_fields = ("asked_by", "reason")


@admin.register(PlatformState)
class PlatformStateAdmin(NotDeleted):
    id_fields = ()
    list_display = ("name", "paused_at", "max_running", "max_cpu_percent", "max_memory_percent", "min_disk_free_mb")
    readonly_fields = ("name", "paused_at")


@admin.register(ResourceSample)
class ResourceSampleAdmin(ReadOnly):
    id_fields = ()
    list_display = ("at", "worker", "cpu_percent", "memory_percent", "disk_free_mb", "running", "queued")
    search_fields = ("worker",)


@admin.register(QueueChange)
class QueueChangeAdmin(ReadOnly):
    list_display = ("made_by", "kind", "priority", "made", "reason", "workspace", "created_at", "undone_at")
    list_filter = ("kind", "workspace")
    list_select_related = ("workspace",)
    search_fields = ("made_by", "reason")

    @admin.display(description="jobs")
    def made(self, row: QueueChange) -> int:
        return len(row.jobs)


@admin.register(WorkKind)
class WorkKindAdmin(ReadOnly):
    list_display = ("kind", "finished", "mean", "workspace", "updated_at")
    list_filter = ("workspace",)
    list_select_related = ("workspace",)
    search_fields = ("kind",)

    @admin.display(description="seconds")
    def mean(self, row: WorkKind) -> str:
        return f"{fmean(row.samples):.3f}" if row.samples else ""


@admin.register(Forecast)
class ForecastAdmin(ReadOnly):
    list_display = ("workspace", "made_at", "foreseen")
    list_filter = ("workspace",)
    list_select_related = ("workspace",)

    @admin.display(description="jobs")
    def foreseen(self, row: Forecast) -> int:
        return len(row.jobs)


@admin.register(Coverage)
class CoverageAdmin(ReadOnly):
    list_display = ("hour", "foreseen", "before_p50", "before_p90", "workspace")
    list_filter = ("workspace",)
    list_select_related = ("workspace",)
