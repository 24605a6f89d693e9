"""The one event log."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from agents.tenancy import TenantQuerySet


class EventQuerySet(TenantQuerySet):
    def after(self, cursor: int) -> EventQuerySet:
        """The numbered events behind a cursor, in their order."""
        return self.filter(seq__gt=cursor).order_by("seq")


class Event(models.Model):
    """What happened, written by the database's triggers in the transaction of what it tells.

    `id` is not in the order of commits; `seq`, which the elected relay gives to committed events, is, and every
    cursor is a `seq`. Rows carry no foreign keys: the log outlives what it speaks of.
    """

    web_access = "SELECT"

    id = models.BigAutoField(primary_key=True)
    seq = models.BigIntegerField(null=True)
    workspace = models.ForeignKey(
        "agents.Workspace",
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    session_id = models.UUIDField(null=True)
    job_id = models.UUIDField(null=True)
    version = models.PositiveIntegerField(null=True)
    kind = models.CharField(max_length=40)
    before = models.CharField(max_length=20, blank=True)
    after = models.CharField(max_length=20, blank=True)
    actor = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    worker = models.CharField(max_length=64, blank=True)
    epoch = models.PositiveIntegerField(null=True)
    data = models.JSONField(default=dict, blank=True)
    at = models.DateTimeField(db_default=Now())

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["seq"], name="event_number_once", condition=Q(seq__isnull=False)),
        ]
        indexes = [
            models.Index(fields=["id"], name="event_unnumbered", condition=Q(seq__isnull=True)),
            models.Index(fields=["job_id", "id"], name="event_of_job"),
            models.Index(fields=["workspace", "seq"], name="event_of_workspace", condition=Q(seq__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.before}→{self.after}"
