"""Emergency stop: nothing more starts, and what runs is stopped; what waits is kept, or cancelled too."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from agents.actor import Actor
from tasks.models import Cancellation
from tasks.operations.cancel_many import stop_all
from tasks.operations.pausing import Asked, Scope, pause
from tasks.states import OPEN, State

T = TypeVar("T")

Inside = Callable[[Callable[[Actor], T]], T]
"""Runs something in one transaction of the actor's tenancy."""

LOOK_SECONDS = 0.1
MOST_LOOKS = 100


def stop(inside: Inside[Any], asked: Asked, reason: str, *, waiting: bool = False) -> tuple[Scope, list[Cancellation]]:
    """Pause the scope, and stop what runs in it; with `waiting`, cancel what waits too. One receipt a workspace.

    The pause is committed before the first look. A job whose hand-off was on its way then may still begin: so it is
    looked again until none is on its way, and what began is stopped with the others.
    """

    def paused(actor: Actor) -> Scope:
        scope = Scope.find(actor, asked)
        pause(scope, reason)
        return scope

    scope: Scope = inside(paused)
    found: dict[UUID, Cancellation] = {}
    for look in range(MOST_LOOKS):
        on_their_way = inside(lambda actor: _look(actor, scope, reason, waiting, found))
        if look and not on_their_way:
            break
        time.sleep(LOOK_SECONDS)
    return scope, inside(lambda actor: _kept(found))


def _look(actor: Actor, scope: Scope, reason: str, waiting: bool, found: dict[UUID, Cancellation]) -> bool:
    """Stop what is there now, and note it; whether a hand-off is still on its way."""
    states = OPEN if waiting else {State.RUNNING}
    jobs = scope.jobs.in_state(*states).filter(cancel_requested_at=None)
    homes = dict(jobs.values_list("pk", "workspace_id"))
    stopped = stop_all(list(homes), by=actor.name, reason=reason)
    for id in stopped.never_started:
        _receipt(actor, scope, reason, found, homes[id]).never_started.append(id)
    for id, attempt in stopped.running.items():
        receipt = _receipt(actor, scope, reason, found, homes[id])
        receipt.running.append(id)
        receipt.attempts.append(attempt)
    return bool(scope.jobs.in_state(State.QUEUED).exclude(handed_to="").exists())


def _receipt(actor: Actor, scope: Scope, reason: str, found: dict[UUID, Cancellation], workspace: UUID) -> Cancellation:
    if workspace not in found:
        found[workspace] = Cancellation(
            workspace_id=workspace,
            asked_by=actor.name[:200],
            reason=reason[:500],
            selection={"stop": True, scope.kind: scope.name},
        )
    return found[workspace]


def _kept(found: dict[UUID, Cancellation]) -> list[Cancellation]:
    for receipt in found.values():
        receipt.save(force_insert=True)
    return list(found.values())
