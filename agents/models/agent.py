"""Agents and the context they carry from run to run."""

from __future__ import annotations

from django.db import models

from agents.agent_types import AgentType
from agents.models.base import TenantModel, tenant_key


class AgentState(models.TextChoices):
    IDLE = "idle", "Idle"
    BUSY = "busy", "Busy"
    RECOVERING = "recovering", "Recovering"
    TERMINATED = "terminated", "Terminated"


class Agent(TenantModel):
    """One agent of a session. Made by a `spawn-agent` job, ended by `terminate-agent`; the record stays."""

    web_access = "SELECT"

    session = tenant_key("agents.Session", related_name="agents")
    name = models.CharField(max_length=200)
    type = models.CharField(max_length=16, choices=AgentType.choices, default=AgentType.DEV)
    state = models.CharField(max_length=16, choices=AgentState.choices, default=AgentState.IDLE)
    role_prompt = models.TextField(blank=True)
    terminated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "id"], name="agent_in_workspace"),
            models.UniqueConstraint(fields=["session", "name"], name="agent_name_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.type})"


class ContextSnapshot(TenantModel):
    """An agent's context at one moment. Revisions count up from 1; the highest is the present one."""

    web_access = "SELECT"

    agent = tenant_key("agents.Agent", related_name="snapshots")
    revision = models.PositiveIntegerField()
    data = models.JSONField(default=dict)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["agent_id", "-revision"]
        constraints = [models.UniqueConstraint(fields=["agent", "revision"], name="snapshot_revision_once")]

    def __str__(self) -> str:
        return f"{self.agent_id} r{self.revision}"
