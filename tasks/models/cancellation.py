"""Many jobs cancelled at once, and the receipt for it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from agents.models.base import TenantModel


class Cancellation(TenantModel):
    """What was asked, and which jobs it met in which state. What became of those that ran, their attempts say."""

    web_access = "SELECT, INSERT"

    asked_by = models.CharField(max_length=200)
    reason = models.CharField(max_length=500, blank=True)
    selection = models.JSONField(default=dict, help_text="The filter or the ids that chose the jobs.")
    never_started = ArrayField(models.UUIDField(), default=list)
    running = ArrayField(models.UUIDField(), default=list)
    attempts = ArrayField(models.PositiveIntegerField(), default=list, help_text="In which attempt each of them was.")
    already_over = ArrayField(models.UUIDField(), default=list)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.total} jobs by {self.asked_by}"

    @property
    def total(self) -> int:
        return len(self.never_started) + len(self.running) + len(self.already_over)
