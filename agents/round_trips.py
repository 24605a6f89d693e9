"""Several statements in one round trip to the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def one_round_trip() -> Iterator[None]:
    """Send the statements of the block, and the BEGIN before them, together; none of them may be read from.

    The error of any of them is raised at the end of the block.
    Source: https://www.psycopg.org/psycopg3/docs/advanced/pipeline.html
    """
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield
