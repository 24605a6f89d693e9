"""A question to people: may this be done? And what each of them said."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from agents.models.base import TenantModel, part_of_workspace, tenant_key
from tasks.models.call import CallState


class ApprovalState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    APPROVED = "approved", "Approved"
    DENIED = "denied", "Denied"
    EXPIRED = "expired", "Expired"
    SUPERSEDED = "superseded", "Superseded"  # the policy's outcome changed: it is asked anew, or need not be
    WITHDRAWN = "withdrawn", "Withdrawn"  # the job was cancelled


EXECUTED = {
    CallState.BEGAN: "running",
    CallState.DONE: "succeeded",
    CallState.FAILED: "failed",
    CallState.REFUSED: "refused",
    CallState.UNKNOWN: "unknown",
}
"""What became of an approved call, by its state."""


class ApprovalRequest(TenantModel):
    """Points at the job, and at the call where one asked; neither points back. `ask` counts how often that one asked.

    `version` is the fingerprint of the arguments and of the outcome that asked: a decision names the one it saw.
    `arguments` are the call's own as the journal keeps them; `approvers` has the least `role` that may decide and the
    `users` who may whatever their role; `escalations` are the steps that are left, after each of which more people may.
    """

    web_access = "SELECT, INSERT, UPDATE"

    job = tenant_key("tasks.AgentJob", related_name="approval_requests")
    call = tenant_key("tasks.ToolCall", null=True, blank=True, related_name="approval_requests")
    ask = models.PositiveIntegerField(default=1)
    action = models.CharField(max_length=500, blank=True)
    tool = models.CharField(max_length=200)
    arguments = models.JSONField(default=dict)
    edited = models.JSONField(null=True, blank=True, help_text="The arguments as somebody changed them.")
    schema = models.JSONField(default=dict, blank=True, help_text="The JSON Schema of the arguments.")
    effect = models.CharField(max_length=16, blank=True)
    version = models.CharField(max_length=64)
    outcome = models.CharField(max_length=64, blank=True, db_default="")
    rule = models.CharField(max_length=64, blank=True)
    why = models.CharField(max_length=500, blank=True, help_text="The policy's sentence.")
    requester = models.CharField(max_length=200, blank=True)
    requester_person = models.CharField(max_length=64, blank=True)
    approvers = models.JSONField(default=dict, blank=True, help_text="The least role, and names of people.")
    quorum = models.PositiveSmallIntegerField(default=1)
    not_requester = models.BooleanField(default=False, help_text="Whoever asked may not decide.")
    escalations = models.JSONField(default=list, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)
    warned_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=16, choices=ApprovalState.choices, default=ApprovalState.WAITING)
    expires_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=200, blank=True)
    comment = models.TextField(blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "id"], name="approval_in_workspace"),
            models.UniqueConstraint(
                fields=["call", "ask"], name="approval_once_a_call", condition=Q(call__isnull=False)
            ),
            models.UniqueConstraint(fields=["job", "ask"], name="approval_once_a_job", condition=Q(call__isnull=True)),
        ]
        indexes = [
            models.Index(fields=["workspace", "state", "id"], name="approval_list"),
            models.Index(fields=["expires_at"], name="approval_waiting", condition=Q(state="waiting")),
        ]

    def __str__(self) -> str:
        return f"{self.tool}: {self.state}"

    @property
    def proposed(self) -> dict[str, Any]:
        """The arguments as they would run."""
        found: dict[str, Any] = self.arguments if self.edited is None else self.edited
        return found

    @property
    def executed(self) -> str | None:
        """What became of what was approved; None before it ran, and where nothing ran."""
        if self.state != ApprovalState.APPROVED:
            return None
        if self.call is None:
            return {"completed": "succeeded", "failed": "failed", "running": "running"}.get(self.job.state)
        return EXECUTED.get(CallState(self.call.state)) if self.call.asks == self.ask else None


class Say(models.TextChoices):
    APPROVE = "approve", "Approve"
    DENY = "deny", "Deny"


class ApprovalDecision(TenantModel):
    """What one person said to one request; with a quorum there are several. Never changed."""

    web_access = "SELECT, INSERT"

    workspace = part_of_workspace()
    request = tenant_key("approvals.ApprovalRequest", related_name="decisions", db_index=False)
    said = models.CharField(max_length=8, choices=Say.choices)
    by = models.CharField(max_length=200)
    person = models.CharField(max_length=64, help_text="Who it was behind a token: nobody counts twice.")
    comment = models.TextField(blank=True)
    version = models.CharField(max_length=64)
    arguments = models.JSONField(null=True, blank=True, help_text="As edited; null where they were left as they are.")
    remembered = models.BooleanField(default=False)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["request", "person", "version"], name="decision_once")]

    def __str__(self) -> str:
        return f"{self.said} by {self.by}"
