"""The fairness clocks as the leader last saved them, so that a new leader goes on where the old one was."""

from __future__ import annotations

from django.db import models


class FairClock(models.Model):
    """The clocks of one scope: `platform`, a workspace or a session, in the shape of `tasks.scheduling.values`."""

    web_access = "SELECT"

    scope = models.CharField(max_length=50, primary_key=True)
    data = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.scope
