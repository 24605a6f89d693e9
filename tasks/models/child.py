"""Jobs that other jobs submitted."""

from __future__ import annotations

from django.db import models

from agents.models.base import TenantModel, part_of_workspace, tenant_key


class Child(TenantModel):
    """`job` was submitted by `parent`, by the one of its calls that `call` names: its place and the digest of its
    arguments, so that the call may be made again and finds what it made.

    `awaited` tells that the parent goes on when the job is over; `shares_budget` that what language models use for it
    is taken from what they may use for the parent.
    """

    web_access = "SELECT"

    workspace = part_of_workspace()
    job = tenant_key("tasks.AgentJob", related_name="parents", db_index=False)
    parent = tenant_key("tasks.AgentJob", related_name="children")
    call = models.CharField(max_length=80)
    awaited = models.BooleanField(default=False)
    shares_budget = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "children"
        constraints = [
            models.UniqueConstraint(fields=["job"], name="child_once"),
            models.CheckConstraint(condition=~models.Q(job=models.F("parent")), name="child_not_of_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.job_id} of {self.parent_id}"
