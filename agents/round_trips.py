"""Several statements in one round trip to the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from django.db import connection
from psycopg.pq import PipelineStatus


@contextmanager
def one_round_trip() -> Iterator[None]:
    """Send the statements of the block, and the BEGIN before them, together; none of them may be read from.

    The error of any of them is raised at the end of the block.
    Source: https://www.psycopg.org/psycopg3/docs/advanced/pipeline.html
    """
    connection.ensure_connection()
    if connection.connection.pgconn.pipeline_status != PipelineStatus.OFF:
        yield  # the end of an inner one would be a round trip too
        return
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield


@contextmanager
def before_the_next(statement: str, parameters: Sequence[Any]) -> Iterator[None]:
    """Send the statement, whose answer is nobody's concern, together with the first one of the block."""
    waiting = [statement]

    def send(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if not waiting:
            return execute(sql, params, many, context)
        waiting.clear()
        if getattr(context["cursor"].cursor, "name", None):  # a cursor of the server's cannot be opened among others
            _execute(statement, parameters)
            return execute(sql, params, many, context)
        with one_round_trip():
            _execute(statement, parameters)
            return execute(sql, params, many, context)

    with connection.execute_wrapper(send):
        yield


def _execute(statement: str, parameters: Sequence[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def commit_with_the_others() -> None:
    """Send the COMMIT of the open transaction, as the last statement of a `one_round_trip`; nothing may follow.

    Inside another transaction, which a savepoint shows, there is nothing to commit yet. Django's own commit at the end
    of the transaction finds none open and sends nothing. Where a statement before it failed, Postgres skips it.
    """
    if not any(connection.savepoint_ids):
        _execute("COMMIT", ())


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
