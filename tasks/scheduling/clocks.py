"""The fairness clocks between two leaders: saved as rows, read back into a snapshot. Only the leader writes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

from django.db import connection

from tasks.models import FairClock
from tasks.scheduling.values import Clocks, SessionClock, Snapshot, WorkspaceClock

PLATFORM = "platform"


def save(clocks: Clocks) -> None:
    """Write those that changed, in one statement."""
    rows = {PLATFORM: {"at": clocks.platform}}
    rows |= {str(id): asdict(clock) for id, clock in clocks.workspaces.items()}
    rows |= {str(id): asdict(clock) for id, clock in clocks.sessions.items()}
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tasks_fairclock (scope, data) SELECT * FROM unnest(%s::text[], %s::jsonb[]) "
            "ON CONFLICT (scope) DO UPDATE SET data = excluded.data",
            [list(rows), [json.dumps(data, default=list) for data in rows.values()]],
        )


def put_into(snapshot: Snapshot) -> Snapshot:
    """The snapshot with the clocks as the last leader saved them; who has none starts at the virtual time."""
    ids = [workspace.id for workspace in snapshot.workspaces] + [session.id for session in snapshot.sessions]
    scopes = [PLATFORM, *map(str, ids)]
    kept = {clock.scope: clock.data for clock in FairClock.objects.filter(scope__in=scopes)}
    return replace(
        snapshot,
        platform=replace(snapshot.platform, clock=kept.get(PLATFORM, {}).get("at", 0)),
        workspaces=[replace(each, clock=_workspace(kept, each.id)) for each in snapshot.workspaces],
        sessions=[replace(each, clock=_session(kept, each.id)) for each in snapshot.sessions],
    )


def forget(sessions: list[UUID]) -> None:
    """Drop the clocks of sessions that have nothing to do: they come back at the virtual time anyway."""
    FairClock.objects.filter(scope__in=[str(id) for id in sessions]).delete()


def _workspace(kept: Mapping[str, dict[str, Any]], id: UUID) -> WorkspaceClock:
    data = kept.get(str(id))
    return WorkspaceClock(data["at"], data["waiting"], tuple(data["levels"])) if data else WorkspaceClock()


def _session(kept: Mapping[str, dict[str, Any]], id: UUID) -> SessionClock:
    data = kept.get(str(id))
    return SessionClock(tuple(data["levels"]), frozenset(data["waiting"])) if data else SessionClock()
