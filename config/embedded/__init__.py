"""Postgres and Redis from their wheels, for one machine that has neither."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.embedded.data_folder import DataFolder
from config.embedded.postgres import Postgres
from config.embedded.redis import Redis


@dataclass(frozen=True)
class Servers:
    """Both servers, running."""

    folder: DataFolder
    postgres: Postgres
    redis: Redis

    @property
    def database_url(self) -> str:
        return self.postgres.url

    @property
    def redis_url(self) -> str:
        return self.redis.url


@contextmanager
def servers(path: Path, *, durable: bool = True) -> Iterator[Servers]:
    """Both servers on the data folder at `path`, for as long as the block runs. Raises CannotStart.

    With `durable=False` a crash of the machine may corrupt the cluster: for tests.
    """
    folder = DataFolder.at(path)
    with folder.locked(), ExitStack() as stack:
        running = Servers(folder, Postgres(folder, durable=durable), Redis(folder))
        for server in (running.postgres, running.redis):
            stack.callback(server.stop)
            server.start()
        yield running
