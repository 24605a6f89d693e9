"""Who dispatches: a row lease with a term, by the database's clock."""

from __future__ import annotations

import os
import socket
import uuid

from django.db import connection

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

    def resign(self) -> None:
        """Let another take over at once."""
        if self.term is None:
            return
        with connection.cursor() as cursor:
            cursor.execute("UPDATE tasks_leader SET until = NULL WHERE name = %s AND holder = %s", [NAME, self.holder])
        self.term = None
