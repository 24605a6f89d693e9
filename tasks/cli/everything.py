"""What concerns all workspaces, from the platform's own machine: who has its database may pause, resume and stop
them, and put jobs before everything else."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from agents.actor import Actor
from agents.models import Workspace
from agents.tenancy import as_platform_part
from tasks import receipts
from tasks.models import Cancellation
from tasks.operations import emergency, move, pausing, undo
from tasks.operations.pausing import Asked, Scope

T = TypeVar("T")

EVERYTHING = Asked(everything=True)
VERBS = {"pause": pausing.pause, "resume": pausing.resume}


def change(verb: str, reason: str, *, waiting: bool = False) -> dict[str, Any]:
    """`pause`, `resume` or `stop`; what `/api/queue/…/` would answer, with a receipt's counts only."""
    inside = _inside(reason)
    if verb == "stop":
        scope, found = emergency.stop(inside, EVERYTHING, reason, waiting=waiting)
        return _shape(scope) | {"receipts": inside(lambda actor: _told(found))}

    def work(actor: Actor) -> dict[str, Any]:
        scope = Scope.find(actor, EVERYTHING)
        VERBS[verb](scope, reason)
        return _shape(scope)

    return inside(work)


def override(ids: Sequence[str], reason: str) -> dict[str, Any]:
    """What `/api/tasks/override/` would answer."""

    def work(actor: Actor) -> dict[str, Any]:
        change = move.override(actor, [UUID(id) for id in ids], reason)
        jobs = [str(job) for job in change.jobs]
        return {"moved": len(jobs), "jobs": jobs, "undo": str(change.id), "effects": None, "reason": reason}

    return _inside(reason)(work)


def undone(id: str) -> dict[str, Any]:
    """What `/api/undo/{id}/` would answer."""

    def work(actor: Actor) -> dict[str, Any]:
        change, count = undo.undo(actor, id)
        at = change.undone_at
        return {"id": str(change.id), "undone_at": at.isoformat() if at else None, "jobs": count}

    return _inside("")(work)


def _told(found: Sequence[Cancellation]) -> list[dict[str, Any]]:
    return [
        {"id": str(each.id), "workspace": each.workspace.slug, "total": each.total, "counts": counts}
        for each, counts in zip(found, receipts.counts(found), strict=True)
    ]


def _shape(scope: Scope) -> dict[str, Any]:
    at = scope.row.paused_at
    return {
        "scope": scope.kind,
        "name": scope.name,
        "workspace": None,
        "paused_at": at.isoformat() if at else None,
    }


def _inside(reason: str) -> Callable[[Callable[[Actor], T]], T]:
    name = getpass.getuser()

    def run(work: Callable[[Actor], T]) -> T:
        actor = Actor("user", name, f"{name} at the machine", platform_admin=True)
        with as_platform_part(actor.name, reason=reason):
            return work(actor.as_admin_of(Workspace._default_manager.values_list("pk", flat=True)))

    return run
