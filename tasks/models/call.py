"""The journal of tool calls."""

from __future__ import annotations

from django.db import models

from agents.models.base import TenantModel, part_of_workspace, tenant_key


class CallState(models.TextChoices):
    BEGAN = "began", "Began"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    REFUSED = "refused", "Refused"


class ToolCall(TenantModel):
    """One call of one attempt. `began` without an end means that its outcome is unknown."""

    web_access = "SELECT"

    workspace = part_of_workspace()
    job = tenant_key("tasks.AgentJob", related_name="calls", db_index=False)
    attempt = models.PositiveIntegerField()
    epoch = models.PositiveIntegerField()
    index = models.PositiveIntegerField()
    tool = models.CharField(max_length=200)
    arguments = models.JSONField(default=dict)
    effect = models.CharField(max_length=16)
    verdict = models.CharField(max_length=20)
    rule = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=16, choices=CallState.choices)
    result = models.JSONField(null=True, blank=True)
    error = models.TextField(blank=True)
    seconds = models.FloatField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["job_id", "attempt", "index"]
        constraints = [models.UniqueConstraint(fields=["job", "attempt", "index"], name="call_once")]

    def __str__(self) -> str:
        return f"{self.index}: {self.tool}"
