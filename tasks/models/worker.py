"""Workers: they belong to the platform, not to a tenant."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class Worker(models.Model):
    """One worker process tree and what it can run. Online while its lease lasts, by the database's clock."""

    web_access = "SELECT"

    id = models.CharField(max_length=64, primary_key=True)
    name = models.CharField(max_length=100)
    host = models.CharField(max_length=200)
    pid = models.PositiveIntegerField()
    slots = models.PositiveIntegerField()
    capabilities = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    memory_mb = models.PositiveIntegerField(null=True, blank=True)
    started_at = models.DateTimeField(db_default=Now())
    heartbeat_at = models.DateTimeField(db_default=Now())
    lease_until = models.DateTimeField()
    slot_limit = models.PositiveIntegerField(
        null=True, blank=True, help_text="How many jobs it gets now, where its machine is under load."
    )
    limited_by = models.CharField(max_length=200, blank=True, db_default="")
    stopping_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "-started_at"]
        indexes = [
            models.Index(fields=["lease_until"], name="worker_online", condition=models.Q(stopped_at__isnull=True))
        ]

    def __str__(self) -> str:
        return self.name
