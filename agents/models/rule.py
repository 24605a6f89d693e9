"""What a workspace lets its agents do."""

from __future__ import annotations

from django.db import models

from agents.models.base import TenantModel
from agents.policy.conditions import LONGEST
from agents.policy.types import Verdict


class Rule(TenantModel):
    """One ordered rule: the first that holds decides (agents/policy/engine.py). No rule that holds means ALLOW."""

    web_access = "SELECT, INSERT, UPDATE, DELETE"

    order = models.PositiveIntegerField(help_text="The lowest order that matches decides.")
    tool = models.CharField(max_length=200, help_text="A glob over tool names, such as files.* or submit.command.")
    verdict = models.CharField(max_length=20, choices=[(v.value, v.value) for v in Verdict])
    when = models.TextField(
        blank=True,
        default="",
        max_length=LONGEST,
        help_text='A CEL expression, such as args.method != "GET". Empty: whenever the tool matches.',
    )
    redact = models.JSONField(
        default=dict, blank=True, help_text='What REDACT takes out: {"paths": [], "detectors": [], "patterns": []}.'
    )
    approvers = models.JSONField(
        default=dict,
        blank=True,
        help_text='Who decides: {"quorum": 1, "not_requester": false, "role": "approver", "users": []}.',
    )
    expires_in = models.PositiveIntegerField(
        null=True, blank=True, help_text="Seconds after which a request is denied. Empty: the platform's default."
    )
    comment = models.CharField(max_length=500, blank=True, help_text="Why; people see it where the rule refuses.")

    class Meta:
        ordering = ["order", "created_at"]
        indexes = [models.Index(fields=["workspace", "order"], name="rule_order")]

    def __str__(self) -> str:
        return f"{self.order}: {self.tool} → {self.verdict}"
