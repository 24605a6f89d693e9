"""Take back a change of priorities or places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models.functions import Now

from agents import tenancy
from agents.actor import Actor
from agents.errors import Conflict, NotAllowed
from agents.roles import Role
from tasks import notify, ordering
from tasks.models import QueueChange
from tasks.models.undo import ChangeKind
from tasks.ordering import Place, Placed, Reprioritized


class UndoneAlready(Conflict):
    code, title = "undone_already", "It was undone already"


def record(
    actor: Actor,
    workspace: UUID,
    kind: ChangeKind,
    reason: str,
    changed: Sequence[Reprioritized] | Sequence[Placed],
    **columns: Any,
) -> QueueChange:
    """Keep what was changed, so that it can be undone, and let the dispatcher look at the sessions."""
    change = QueueChange(
        workspace_id=workspace,
        kind=kind,
        made_by=actor.name[:200],
        reason=reason[:500],
        jobs=[each.job for each in changed],
        before=[each.before for each in changed],
        **columns,
    )
    change.save(force_insert=True)
    notify.jobs_came(ordering.sessions_of(changed))
    return change


def undo(actor: Actor, change_id: UUID | str) -> tuple[QueueChange, int]:
    """Give back what each had, to those that still wait with what the change gave them; how many those were.

    Raises UndoneAlready, NotFound, NotAllowed.
    """
    change: QueueChange = QueueChange.objects.find(actor, change_id, "change")
    actor.require(Role.OPERATOR, change.workspace_id, "undo changes of the queue")
    if change.kind == ChangeKind.OVERRIDE and not actor.platform_admin:
        raise NotAllowed("A platform admin put these jobs before everything; only a platform admin takes that back.")
    mine = QueueChange.objects.for_user(actor).filter(pk=change.pk, undone_at=None)
    if not mine.update(undone_at=Now()):
        raise UndoneAlready("This change was undone already; make a new one instead.")
    tenancy.say_reason(f"undid a change of {change.kind} by {change.made_by}")
    back = _give_back(change)
    notify.jobs_came(ordering.sessions_of(back))
    change.refresh_from_db()
    return change, len(back)


def _give_back(change: QueueChange) -> list[Reprioritized] | list[Placed]:
    if change.kind == ChangeKind.PRIORITY:
        return ordering.change_priorities(change.jobs, change.before, only_from=change.priority)
    before, after = ([Place(*place) for place in places] for places in (change.before, change.after))
    return ordering.place(change.jobs, before, only_from=after)
