"""The fairness clocks as the leader last saved them, so that a new leader goes on where the old one was."""

from __future__ import annotations

from django.db import models


class FairClock(models.Model):
    """The virtual finish time of a workspace or a session, in seconds of one slot at weight 1."""

    web_access = "SELECT"

    owner_id = models.UUIDField(primary_key=True)
    value = models.FloatField()

    def __str__(self) -> str:
        return f"{self.owner_id}: {self.value}"
