"""What every row of a tenant has: an id, its workspace, and a queryset that asks whose rows are wanted."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.functions import Now

from agents.ids import new_id
from agents.tenancy import TenantQuerySet


def tenant_key(to: str, **options: Any) -> models.ForeignKey[Any, Any]:
    """A foreign key between two tenant rows.

    The database keeps it as a composite key `(workspace, id)`, written in the SQL migrations, so that a row
    cannot point at another tenant's; Django's own single-column constraint would only repeat half of it.
    """
    options.setdefault("on_delete", models.CASCADE)
    return models.ForeignKey(to, db_constraint=False, **options)


def part_of_workspace() -> models.ForeignKey[Any, Any]:
    """The workspace of a row that hangs on another one: the composite key to that one already says it exists.

    Neither an index nor a constraint of its own: there are as many of these rows as work is done.
    """
    return models.ForeignKey(
        "agents.Workspace",
        on_delete=models.CASCADE,
        related_name="+",
        editable=False,
        db_index=False,
        db_constraint=False,
    )


class TenantModel(models.Model):
    """Base of the rows that belong to one workspace. Row-level security stands under the queryset."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey("agents.Workspace", on_delete=models.CASCADE, related_name="+", editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = TenantQuerySet.as_manager()

    class Meta:
        abstract = True
