"""The commands that start the platform or one of its parts, and tell how to reach it."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from agents.errors import Unavailable
from config import environment, parts, processes
from config.record import Record

Data = Annotated[
    Path | None, typer.Option(help="The folder of the platform's state. Default: INTERLOCK_DATA or .interlock")
]
Host = Annotated[str, typer.Option(help="The address to listen on.")]
Port = Annotated[int, typer.Option(help="The port to listen on.", min=1, max=65535)]
Concurrency = Annotated[
    int | None, typer.Option(help="Jobs that run at once in a worker. Default: WORKER_CONCURRENCY", min=1, max=1000)
]


def up(
    data: Data = None,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    workers: Annotated[int, typer.Option(help="How many worker processes.", min=1, max=100)] = 1,
    concurrency: Concurrency = None,
    demo_data: Annotated[
        bool, typer.Option("--demo-data/--no-demo-data", help="Make the workspace `default` with a token.")
    ] = True,
) -> None:
    """Start database, Redis, web, dispatcher, workers, beat and Flower; stop all of them on Ctrl-C or SIGTERM.

    Servers that DATABASE_URL and REDIS_URL name are used; where one is not given, an embedded one is started.
    """
    from config import up as platform

    platform.run(
        platform.Options(
            data=data or environment.data_folder(),
            host=host,
            port=port,
            workers=workers,
            concurrency=concurrency,
            demo_data=demo_data,
        )
    )


def env(
    data: Data = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of shell exports.")] = False,
) -> None:
    """Print DATABASE_URL, REDIS_URL, INTERLOCK_URL and INTERLOCK_TOKEN: `eval "$(interlock env)"`."""
    folder = data or environment.data_folder()
    record = Record.read(folder)
    if record is None or record.parent is None or processes.find(record.parent) is None:
        raise Unavailable(f"No platform runs on {folder.absolute()}; start one with `interlock up --data {folder}`.")
    values = {
        "DATABASE_URL": record.database_url,
        "REDIS_URL": record.redis_url,
        "INTERLOCK_URL": record.url,
        "INTERLOCK_TOKEN": record.token,
    }
    if as_json:
        sys.stdout.write(json.dumps(values) + "\n")
    else:
        sys.stdout.write("".join(f"export {name}={shlex.quote(value)}\n" for name, value in values.items()))


def migrate() -> None:
    """Bring the database to this version's tables."""
    parts.migrate()


def web(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Serve the pages, the API and the sockets."""
    parts.web(host, port)


def dispatcher() -> None:
    """Hand jobs to workers. Several may run: one leads, the others stand by."""
    parts.dispatcher()


def beat() -> None:
    """Start the housekeeping jobs by the clock. Run one of it."""
    parts.beat()


def flower() -> None:
    """Show Celery's own pages under /admin/queues/ to staff."""
    parts.flower()
