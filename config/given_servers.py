"""Looks at the servers that `DATABASE_URL` and `REDIS_URL` name, and says in a sentence why one cannot be used."""

from __future__ import annotations

import psycopg
import redis

from config.connections import without_password
from config.failures import CannotStart

OLDEST_POSTGRES = 15
PATIENCE_SECONDS = 5


def check_database(url: str) -> None:
    """Raises CannotStart unless a Postgres that is new enough lets us in."""
    try:
        with psycopg.connect(url, connect_timeout=PATIENCE_SECONDS) as connection:
            version = connection.info.server_version // 10_000
    except psycopg.Error as error:
        raise CannotStart(
            f"The database {without_password(url)} cannot be used: {_reason(error)} (DATABASE_URL)."
        ) from None
    if version < OLDEST_POSTGRES:
        raise CannotStart(
            f"The database {without_password(url)} is Postgres {version}; Interlock needs {OLDEST_POSTGRES} or newer."
        )


def check_redis(url: str) -> None:
    """Raises CannotStart unless a Redis answers there."""
    try:
        with redis.Redis.from_url(
            url, socket_timeout=PATIENCE_SECONDS, socket_connect_timeout=PATIENCE_SECONDS
        ) as client:
            client.ping()
    except redis.RedisError as error:
        raise CannotStart(f"The Redis {without_password(url)} cannot be used: {_reason(error)} (REDIS_URL).") from None


def _reason(error: Exception) -> str:
    """The end of the driver's message, which is the part about the cause."""
    text = " ".join(str(error).split()) or type(error).__name__
    for marker in ("FATAL: ", "failed: "):
        if marker in text:
            text = text.rpartition(marker)[2]
    return text.partition(" Is the server running")[0].strip(" .")
