"""The bell: the dispatcher sleeps until a submission notifies, a signal asks it to end, or the time is over."""

from __future__ import annotations

import contextlib
import json
import os
import select
from uuid import UUID

import psycopg
from django.db import connection
from psycopg import sql

from tasks.notify import CHANNEL, SETTINGS
from tasks.scheduling.values import Waiting


class Bell:
    """A LISTEN connection of its own (LISTEN needs a direct one) and a pipe that signal handlers may ring."""

    def __init__(self) -> None:
        self._connection: psycopg.Connection | None = None
        self._heard: set[UUID] = set()
        self._came: list[Waiting] = []
        self._settings_changed = False
        self._reader, self._writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def listen(self) -> None:
        """(Re)connect. Notifications that were missed meanwhile are found in the database."""
        self.hang_up()
        parameters = connection.get_connection_params()
        ours = ("cursor_factory", "context", "pool", "prepare_threshold")
        plain = {name: value for name, value in parameters.items() if name not in ours}
        self._connection = psycopg.connect(**plain, autocommit=True)
        self._connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))

    def wait(self, seconds: float) -> None:
        files = [self._reader] if self._connection is None else [self._reader, self._connection.fileno()]
        ready, _, _ = select.select(files, [], [], seconds)
        if self._reader in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(self._reader, 4096)
        self._read_notifications()

    def _read_notifications(self) -> None:
        if self._connection is None:
            return
        try:
            for notification in self._connection.notifies(timeout=0):
                if notification.payload == SETTINGS:
                    self._settings_changed = True
                elif notification.payload.startswith("{"):
                    self._came.append(_waiting(notification.payload))
                else:
                    self._heard.update(UUID(part) for part in notification.payload.split())
        except psycopg.OperationalError:
            self.hang_up()  # until the next term; the loop finds the database away by itself

    def sessions(self) -> set[UUID]:
        """The sessions that submissions named since this was last asked."""
        heard, self._heard = self._heard, set()
        return heard

    def came(self) -> list[Waiting]:
        """The single jobs that submissions told of since this was last asked."""
        came, self._came = self._came, []
        return came

    def settings_changed(self) -> bool:
        """Whether a cap, weight or pause changed since this was last asked."""
        changed, self._settings_changed = self._settings_changed, False
        return changed

    def ring(self) -> None:
        """End the wait; safe in a signal handler."""
        with contextlib.suppress(BlockingIOError):
            os.write(self._writer, b".")

    def hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def close(self) -> None:
        self.hang_up()
        os.close(self._reader)
        os.close(self._writer)


def _waiting(payload: str) -> Waiting:
    told = json.loads(payload)
    id, workspace, session = (UUID(told.pop(name)) for name in ("id", "workspace_id", "session_id"))
    return Waiting(id, workspace, session, **told)
