"""What the machine gives: Python, room on the disk, a data folder, the two servers."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import redis

from config import given_servers, processes
from config.connections import without_password
from config.doctor.check import Check, right, wrong
from config.environment import Environment
from config.failures import CannotStart
from config.record import Record

OLDEST_PYTHON = (3, 11)
LEAST_FREE_BYTES = 500 * 1024**2
START = "Start the platform with `interlock up`, or point DATABASE_URL and REDIS_URL at your own servers."


def python() -> Iterator[Check]:
    version = platform.python_version()
    if sys.version_info >= OLDEST_PYTHON:
        yield right("python", f"Python {version}.")
    else:
        yield wrong("python", f"Python {version} is too old.", "Install Python 3.11 or newer.")


def data_folder(settings: Environment) -> Iterator[Check]:
    """Where the platform keeps its state, if it is on this machine."""
    folder = settings.data.expanduser().absolute()
    if not folder.is_dir():
        if settings.database_url and settings.redis_url:
            yield right("data folder", "None here, and none is needed: the servers are given.")
        else:
            yield wrong("data folder", f"There is no data folder {folder}.", START)
        return
    if not os.access(folder, os.W_OK | os.X_OK):
        yield wrong("data folder", f"{folder} cannot be written to.", "Give it to this user, or choose another one.")
        return
    free = shutil.disk_usage(folder).free
    room = f"{free / 1024**3:.1f} GB free"
    if free < LEAST_FREE_BYTES:
        yield wrong("data folder", f"{folder} is almost full: {room}.", "Make room on this disk.")
    else:
        yield right("data folder", f"{folder}: {_use_of(folder)}, {room}.")


def _use_of(folder: Path) -> str:
    record = Record.read(folder)
    if record is None:
        return "`interlock up` has not run here yet"
    if record.parent is not None and processes.find(record.parent) is not None:
        return f"a platform runs here (process {record.parent.pid})"
    return "a platform has run here and does not run now"


def postgres(settings: Environment) -> Iterator[Check]:
    if not settings.database_url:
        yield wrong("postgres", "No database is known.", START)
        return
    try:
        given_servers.check_database(settings.database_url)
    except CannotStart as error:
        yield wrong("postgres", error.message, START)
        return
    began = time.monotonic()
    with psycopg.connect(settings.database_url, connect_timeout=5) as connection:
        version = connection.execute("SHOW server_version").fetchone()
    took = (time.monotonic() - began) * 1000
    place = without_password(settings.database_url)
    yield right("postgres", f"Postgres {version[0] if version else '?'} at {place} answers in {took:.0f} ms.")


def redis_server(settings: Environment) -> Iterator[Check]:
    if not settings.redis_url:
        yield wrong("redis", "No Redis is known.", START)
        return
    try:
        given_servers.check_redis(settings.redis_url)
    except CannotStart as error:
        yield wrong("redis", error.message, "Jobs wait until it answers again, and none is lost. " + START)
        return
    with redis.Redis.from_url(settings.redis_url, socket_timeout=5) as client:
        about: Any = client.info("server")
    kind = "Valkey" if "valkey_version" in about else "Redis"
    version = about.get("valkey_version") or about.get("redis_version")
    yield right("redis", f"{kind} {version} at {without_password(settings.redis_url)} answers.")
