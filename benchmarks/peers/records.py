"""What a queue has on record, counted the same way for all that keep records in Postgres."""

from __future__ import annotations

import os
from functools import cached_property
from typing import Any

import psycopg


class Records:
    def __init__(self, query: str, *before: str) -> None:
        """`query` counts the jobs that are done; what is `before` is said to the connection first."""
        self._query, self._before = query, before

    @cached_property
    def _connection(self) -> psycopg.Connection[Any]:
        connection = psycopg.connect(os.environ["BENCH_DATABASE_URL"], autocommit=True)
        for statement in self._before:
            connection.execute(statement)
        return connection

    def count(self) -> int:
        row = self._connection.execute(self._query).fetchone()
        return int(row[0]) if row else 0
