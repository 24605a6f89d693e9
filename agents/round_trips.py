"""Several statements in one round trip to the database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

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


def read_together(*questions: tuple[str, Sequence[Any]]) -> list[list[dict[str, Any]]]:
    """The answer to each statement with its parameters: its rows, by column."""
    with ExitStack() as stack:
        cursors = [stack.enter_context(connection.cursor()) for _ in questions]
        with one_round_trip():
            for cursor, (statement, parameters) in zip(cursors, questions, strict=True):
                cursor.execute(statement, parameters)
        return [[dict(zip(_columns(cursor), row, strict=True)) for row in cursor.fetchall()] for cursor in cursors]


def _columns(cursor: Any) -> list[str]:
    return [column.name for column in cursor.description]
