"""Workspaces and sessions as this process last read them, so that a submission there need not read them first.

What is remembered decides nothing by itself: the statement that uses it holds it against the rows, and is refused where
one of them has changed since (its `mark`, the transaction that last wrote it).
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from agents.models import Session, Workspace

MOST = 10_000
BELIEVED_SECONDS = 60.0  # then the database's time is asked again, too


@dataclass(frozen=True)
class Home:
    """A workspace and one of its open sessions, when the database's clock showed what, and ours then."""

    workspace: Workspace
    session: Session
    workspace_mark: str
    session_mark: str
    seen_at: datetime
    read_at: float

    @property
    def now(self) -> datetime:
        """The database's time, by how long ago it was asked."""
        return self.seen_at + timedelta(seconds=time.monotonic() - self.read_at)


_homes: dict[tuple[UUID, str], Home] = {}


def remember(workspace: Workspace, sessions: Iterable[Session]) -> None:
    """Rows as `tasks.places` reads them, with their marks; of the sessions those that are open."""
    if len(_homes) >= MOST:
        _homes.clear()
    for session in sessions:
        if session.closed_at is None:
            read = vars(session)
            _homes[workspace.id, session.name] = Home(
                workspace, session, vars(workspace)["mark"], read["mark"], read["seen_at"], time.monotonic()
            )


def find(workspace: UUID, session: str) -> Home | None:
    home = _homes.get((workspace, session))
    return home if home is not None and time.monotonic() - home.read_at < BELIEVED_SECONDS else None


def forget(home: Home) -> None:
    _homes.pop((home.workspace.id, home.session.name), None)
