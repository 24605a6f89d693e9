"""Changes that can be taken back."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from agents.models.base import TenantModel


class PriorityChange(TenantModel):
    """One change of many jobs' priority: what each had before, so that it can be undone once."""

    web_access = "SELECT, INSERT, UPDATE"

    made_by = models.CharField(max_length=200)
    reason = models.CharField(max_length=500, blank=True)
    priority = models.PositiveSmallIntegerField(help_text="What all of them have got.")
    jobs = ArrayField(models.UUIDField(), default=list)
    before = ArrayField(models.PositiveSmallIntegerField(), default=list, help_text="What each of them had.")
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{len(self.jobs)} jobs to P{self.priority} by {self.made_by}"
