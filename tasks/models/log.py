"""What a run printed."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from agents.models.base import part_of_workspace, tenant_key
from agents.tenancy import TenantQuerySet


class LogChunk(models.Model):
    """Some lines of one stream of one attempt, in the order of `id`."""

    web_access = "SELECT"

    id = models.BigAutoField(primary_key=True)
    workspace = part_of_workspace()
    job = tenant_key("tasks.AgentJob", related_name="logs", db_index=False)
    attempt = models.PositiveIntegerField()
    stream = models.CharField(max_length=8)
    text = models.TextField()
    at = models.DateTimeField(db_default=Now())

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["job", "id"], name="log_of_job")]

    def __str__(self) -> str:
        return self.text[:80]
