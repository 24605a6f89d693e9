"""A question to a person: may this be done?"""

from __future__ import annotations

from django.db import models

from agents.models.base import TenantModel, tenant_key


class ApprovalState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    APPROVED = "approved", "Approved"
    DENIED = "denied", "Denied"
    EXPIRED = "expired", "Expired"
    WITHDRAWN = "withdrawn", "Withdrawn"


class ApprovalRequest(TenantModel):
    """Points at the job, and at the call where one asked; neither points back.

    `version` is the digest of the arguments and of the outcome that asked: a decision names the one it saw.
    """

    web_access = "SELECT, INSERT, UPDATE"

    job = tenant_key("tasks.AgentJob", related_name="approval_requests")
    call = tenant_key("tasks.ToolCall", null=True, blank=True, related_name="approval_requests")
    tool = models.CharField(max_length=200)
    arguments = models.JSONField(default=dict)
    version = models.CharField(max_length=64)
    rule = models.CharField(max_length=64, blank=True)
    requester = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=16, choices=ApprovalState.choices, default=ApprovalState.WAITING)
    expires_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=200, blank=True)
    comment = models.TextField(blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [models.UniqueConstraint(fields=["workspace", "id"], name="approval_in_workspace")]

    def __str__(self) -> str:
        return f"{self.tool}: {self.state}"
