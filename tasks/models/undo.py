"""Changes of the queue's order that can be taken back."""

from __future__ import annotations

from enum import StrEnum

from django.contrib.postgres.fields import ArrayField
from django.db import models

from agents.models.base import TenantModel


class ChangeKind(StrEnum):
    PRIORITY = "priority"
    MOVE = "move"
    OVERRIDE = "override"


class QueueChange(TenantModel):
    """One change of many jobs' priority or place: what each had before, so that it can be undone once.

    Of each job, in the order of `jobs`: for a priority the number that it had; for a move or an override
    `[rank, pinned, override]`, before and after.
    """

    web_access = "SELECT, INSERT, UPDATE"

    kind = models.CharField(max_length=10, choices=[(kind.value, kind.value) for kind in ChangeKind])
    made_by = models.CharField(max_length=200)
    reason = models.CharField(max_length=500, blank=True)
    priority = models.PositiveSmallIntegerField(null=True, blank=True, help_text="What all of them have got.")
    jobs = ArrayField(models.UUIDField(), default=list)
    before = models.JSONField(default=list)
    after = models.JSONField(default=list)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.kind} of {len(self.jobs)} jobs by {self.made_by}"
