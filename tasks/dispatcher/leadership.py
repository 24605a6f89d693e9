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
                UPDATE tasks_leader
                SET term = CASE WHEN holder = %(me)s AND until > clock_timestamp() THEN term ELSE term + 1 END,
                    holder = %(me)s, until = clock_timestamp() + make_interval(secs => %(lease)s)
                WHERE name = %(name)s AND (holder = %(me)s OR until IS NULL OR until <= clock_timestamp())
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
