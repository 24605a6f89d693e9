"""The platform's own parts: workers, the leader, its clocks."""

from __future__ import annotations

from django.contrib import admin

from agents.admin.base import ReadOnly
from tasks.models import FairClock, Leader, Worker


class Named(ReadOnly):
    """Ids here are words."""

    id_fields = ()


@admin.register(Worker)
class WorkerAdmin(Named):
    list_display = ("name", "id", "host", "pid", "slots", "heartbeat_at", "lease_until", "stopping_at", "stopped_at")
    list_filter = (("stopped_at", admin.EmptyFieldListFilter), "host")
    search_fields = ("name", "id", "host")

    class Media:
        js = ("js/admin-live.js",)


@admin.register(Leader)
class LeaderAdmin(Named):
    list_display = ("name", "holder", "term", "until", "last_seq")
    search_fields = ("name", "holder")


@admin.register(FairClock)
class FairClockAdmin(Named):
    list_display = ("scope", "data")
    search_fields = ("scope",)
