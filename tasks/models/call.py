"""The journal of tool calls."""

from __future__ import annotations

from django.db import models

from agents.models.base import TenantModel, part_of_workspace, tenant_key


class CallState(models.TextChoices):
    ASKED = "asked", "Asked"
    GRANTED = "granted", "Granted"
    DENIED = "denied", "Denied"
    BEGAN = "began", "Began"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    REFUSED = "refused", "Refused"
    UNKNOWN = "unknown", "Unknown"
    WAITS = "waits", "Waits"


class ToolCall(TenantModel):
    """One call of one attempt; a later attempt finds it by its index, tool and digest.

    `waits` is a call that began and goes on when other jobs are over. `began` without an end means that its outcome is
    unknown, and a later attempt marks it so. `digest` is a keyed HMAC of the tool and the arguments as the runtime
    wished them; `arguments` are those that run. `outcome` is the fingerprint of the policy's decision that a grant is
    bound to, `asks` how often it was asked about.
    """

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
    digest = models.CharField(max_length=64, blank=True, db_default="")
    outcome = models.CharField(max_length=64, blank=True, db_default="")
    why = models.CharField(max_length=500, blank=True, db_default="", help_text="Why it was asked about.")
    asks = models.PositiveSmallIntegerField(db_default=0, default=0)
    decided_by = models.CharField(max_length=200, blank=True, db_default="")
    decided_at = models.DateTimeField(null=True, blank=True)
    result = models.JSONField(null=True, blank=True)
    error = models.TextField(blank=True)
    seconds = models.FloatField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["job_id", "attempt", "index"]
        constraints = [models.UniqueConstraint(fields=["job", "attempt", "index"], name="call_once")]
        indexes = [
            models.Index(fields=["job"], name="call_asked", condition=models.Q(state="asked")),
            models.Index(fields=["job"], name="call_waits", condition=models.Q(state="waits")),
        ]

    def __str__(self) -> str:
        return f"{self.index}: {self.tool}"
