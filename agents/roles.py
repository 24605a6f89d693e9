"""The four roles of a membership, from the least to the most: viewer < operator < approver < admin."""

from __future__ import annotations

from django.db import models


class Role(models.TextChoices):
    """What a member or a token may do in one workspace. Each role may do all that the ones before it may."""

    VIEWER = "viewer", "Viewer: reads"
    OPERATOR = "operator", "Operator: submits, cancels and retries"
    APPROVER = "approver", "Approver: decides what asks for approval"
    ADMIN = "admin", "Admin: changes limits, members and rules"

    @property
    def level(self) -> int:
        return list(Role).index(self)

    def covers(self, needed: Role) -> bool:
        """Whether somebody with this role may do what `needed` asks for."""
        return self.level >= needed.level
