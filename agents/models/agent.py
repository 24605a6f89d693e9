"""Agents, what their kinds are told and may use, and the context they carry from run to run."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from agents.agent_types import AgentType
from agents.models.base import TenantModel, tenant_key


class AgentRole(TenantModel):
    """What a workspace gives agents of one type in place of the built-in role; those that there are keep theirs."""

    web_access = "SELECT, INSERT, UPDATE, DELETE"

    type = models.CharField(max_length=16, choices=AgentType.choices)
    prompt = models.TextField(max_length=100_000, help_text="What the model is told first: who it is, and its rules.")
    tools = ArrayField(
        models.CharField(max_length=200),
        default=list,
        blank=True,
        help_text="Names and globs of its tools, with commas between them. Empty: none.",
    )

    class Meta:
        ordering = ["type"]
        constraints = [models.UniqueConstraint(fields=["workspace", "type"], name="agent_role_once")]

    def __str__(self) -> str:
        return self.type


class Agent(TenantModel):
    """One agent of a session. Made by a `spawn-agent` job, ended by `terminate-agent`; the record stays.

    Whether it is busy follows from its jobs, and is not written here: see `tasks.agents`.
    """

    web_access = "SELECT"

    session = tenant_key("agents.Session", related_name="agents")
    name = models.CharField(max_length=200)
    type = models.CharField(max_length=16, choices=AgentType.choices, default=AgentType.DEV)
    role_prompt = models.TextField(blank=True)
    tools = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    spawned_by = models.UUIDField(null=True, editable=False, help_text="The job that made it.")
    terminated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "id"], name="agent_in_workspace"),
            models.UniqueConstraint(
                fields=["session", "name"], name="agent_name_once", condition=Q(terminated_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.type})"


class Reason(models.TextChoices):
    """Why there is a new revision of a context."""

    SPAWNED = "spawned", "The agent was made"
    FINISHED = "finished", "A job of it completed"
    COMPRESSED = "compressed", "It came near the model's window"
    RECOVERED = "recovered", "It was loaded again"


class ContextSnapshot(TenantModel):
    """An agent's context at one moment. Revisions count up from 1; the highest of a session is its present one.

    Sealed: it holds what models said and were told, before any redaction.
    """

    web_access = "SELECT"

    agent = tenant_key("agents.Agent", related_name="snapshots")
    session = tenant_key("agents.Session", related_name="+", db_index=False)
    revision = models.PositiveIntegerField()
    reason = models.CharField(max_length=16, choices=Reason.choices)
    job = models.UUIDField(null=True, help_text="The job that wrote it.")
    messages = models.PositiveIntegerField(default=0, help_text="How many messages it holds.")
    tokens = models.PositiveIntegerField(default=0, help_text="How long they are, estimated.")
    sealed = models.BinaryField(help_text="JSON, encrypted.")

    class Meta:
        ordering = ["agent_id", "-revision"]
        constraints = [models.UniqueConstraint(fields=["agent", "revision"], name="snapshot_revision_once")]

    def __str__(self) -> str:
        return f"{self.agent_id} r{self.revision}"
