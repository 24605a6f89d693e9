"""Who dispatches: a row lease with a term, by the database's clock."""

from __future__ import annotations

import os
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import DatabaseError, InterfaceError, connection

NAME = "dispatcher"
LEASE_SECONDS = 3.0
RENEW_SECONDS = 1.0


class Leadership:
    """One dispatcher's view of the lease. `term` is None while another leads."""

    def __init__(self) -> None:
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self.term: int | None = None

    def campaign(self) -> bool:
        """Take the lease if it is free, or renew it if it is ours; False while another holds it.

        A lease of ours that ran out begins a new term, since another may have led meanwhile.
        """
        with connection.cursor() as cursor:
            cursor.execute(
                """
                INSERT INTO tasks_leader AS leader (name, holder, term, until, last_seq)
                VALUES (%(name)s, %(me)s, 1, clock_timestamp() + make_interval(secs => %(lease)s), 0)
                ON CONFLICT (name) DO UPDATE
                SET term = leader.term
                        + CASE WHEN leader.holder = %(me)s AND leader.until > clock_timestamp() THEN 0 ELSE 1 END,
                    holder = excluded.holder, until = excluded.until
                WHERE leader.holder = %(me)s OR leader.until IS NULL OR leader.until <= clock_timestamp()
                RETURNING term
                """,
                {"me": self.holder, "lease": LEASE_SECONDS, "name": NAME},
            )
            row = cursor.fetchone()
        self.term = row[0] if row else None
        return self.term is not None

    @contextmanager
    def kept(self) -> Iterator[None]:
        """The lease is renewed by a thread while the block runs: reading a deep backlog takes longer than it lasts."""
        done = threading.Event()
        keeping = threading.Thread(target=self._keep_until, args=[done], name="lease", daemon=True)
        keeping.start()
        try:
            yield
        finally:
            done.set()
            keeping.join()

    def _keep_until(self, done: threading.Event) -> None:
        """One that has run out meanwhile is not renewed: another may have led."""
        try:
            while not done.wait(RENEW_SECONDS):
                with suppress(DatabaseError, InterfaceError), connection.cursor() as cursor:
                    cursor.execute(
                        """
                        UPDATE tasks_leader SET until = clock_timestamp() + make_interval(secs => %s)
                        WHERE name = %s AND holder = %s AND term = %s AND until > clock_timestamp()
                        """,
                        [LEASE_SECONDS, NAME, self.holder, self.term],
                    )
        finally:
            connection.close()

    def resign(self) -> None:
        """Let another take over at once."""
        if self.term is None:
            return
        with connection.cursor() as cursor:
            cursor.execute("UPDATE tasks_leader SET until = NULL WHERE name = %s AND holder = %s", [NAME, self.holder])
        self.term = None
