"""Who leads."""

from __future__ import annotations

from django.db import models


class Leader(models.Model):
    """The lease of the one dispatcher that dispatches and numbers events, by the database's clock.

    Each take-over raises `term`; every statement of a leader checks it, so one that froze and woke does nothing.
    """

    web_access = "SELECT"

    name = models.CharField(max_length=40, primary_key=True)
    holder = models.CharField(max_length=100, blank=True)
    term = models.BigIntegerField(default=0)
    until = models.DateTimeField(null=True)
    open_levels = models.PositiveSmallIntegerField(
        default=5, db_default=5, help_text="How many priorities start now: 5 is P0 to P4."
    )
    limited_by = models.CharField(max_length=200, blank=True, db_default="")
    last_seq = models.BigIntegerField(default=0, help_text="The highest number that an event has got.")

    def __str__(self) -> str:
        return f"{self.name}: {self.holder or 'nobody'}"
