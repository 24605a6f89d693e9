"""The kinds of agents."""

from __future__ import annotations

from django.db.models import TextChoices


class AgentType(TextChoices):
    PLANNER = "planner", "Planner"
    DEV = "dev", "Developer"
    QA = "qa", "Quality"
    DEVOPS = "devops", "Operations"
