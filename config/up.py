"""`interlock up`: the whole platform in the foreground, from an empty folder to a page that answers."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import psutil

from config import ending, environment, given_servers, parts, processes
from config.embedded.data_folder import DataFolder
from config.embedded.postgres import Postgres
from config.embedded.redis import Redis
from config.environment import Environment
from config.failures import CannotStart
from config.record import Record
from config.supervisor import Part, Server, Supervisor, end_leftovers, refuse_if_failing

READY_SECONDS = 120.0
TRIES_TO_START = 3
LATER = ("beat", "flower")


@dataclass(frozen=True)
class Options:
    data: Path
    host: str
    port: int
    workers: int
    concurrency: int | None
    demo_data: bool


def run(options: Options) -> None:
    """Start everything, say so when it is ready, and keep it until a signal ends it. Raises CannotStart."""
    given = environment.given()
    folder = DataFolder.at(options.data)
    with folder.locked(), ending.by_signals(), ExitStack() as stack:
        _tidy(folder)
        parts.require_free(options.host, options.port)
        servers = _servers(folder, given, stack)
        record = Record(
            database_url=given.database_url or servers["postgres"].url,
            redis_url=given.redis_url or servers["redis"].url,
            secret_key=given.secret_key or folder.secret("signing-key"),
            url=_url(options),
            parent=processes.identify("up", os.getpid()),
        )
        record = _prepared(folder, record, options)
        _supervise(folder, record, list(servers.values()), options, stack)


def _supervise(folder: DataFolder, record: Record, servers: list[Server], options: Options, stack: ExitStack) -> None:
    supervisor = Supervisor(folder, servers, _parts(folder, record, options), say)
    supervisor.changed = lambda: replace(record, processes=supervisor.running()).write(folder.path)
    stack.callback(supervisor.stop)
    stack.callback(say, "Stopping.")
    supervisor.start()
    _wait_until_ready(supervisor, record.url)
    supervisor.start_the_rest()
    say(f"Interlock is ready at http://{_bracketed(options.host)}:{options.port}")
    supervisor.watch()


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _tidy(folder: DataFolder) -> None:
    if count := end_leftovers(folder):
        say(f"Ended {count} processes of a platform that was killed.")


def _servers(folder: DataFolder, given: Environment, stack: ExitStack) -> dict[str, Any]:
    """The embedded servers that nobody else provides, started; those that are given, looked at."""
    servers: dict[str, Any] = {}
    if given.database_url:
        given_servers.check_database(given.database_url)
    else:
        servers["postgres"] = Postgres(folder)
    if given.redis_url:
        given_servers.check_redis(given.redis_url)
    else:
        servers["redis"] = Redis(folder)
    for server in servers.values():
        stack.callback(server.stop)
        server.start()
    return servers


def _prepared(folder: DataFolder, record: Record, options: Options) -> Record:
    """The record with a token in it, after the tables, the first admin and the demo's workspace are there."""
    argv = [sys.executable, "-m", "config.prepare", *(["--demo-data"] if options.demo_data else [])]
    made = json.loads(_output_of(argv, _environment(folder, record), folder))
    if password := made.get("admin_password"):
        folder.folder("secrets")
        folder.write_note("secrets/admin", password)
        say(f"Sign in as admin / {password} (kept in {folder.path}/secrets/admin)")
    return replace(record, token=made.get("token", ""))


def _output_of(argv: list[str], env: dict[str, str], folder: DataFolder) -> str:
    """What the preparing process prints. Raises CannotStart if it fails, Ended if a signal comes first."""
    with tempfile.TemporaryFile("w+") as output, folder.log("prepare") as log:
        process = subprocess.Popen(argv, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=log)
        try:
            while process.poll() is None:
                ending.pause(0.05)
        finally:
            process.kill()
            process.wait()
        if process.returncode != 0:
            last = folder.log_tail("prepare", lines=1)
            raise CannotStart(f"The database could not be prepared: {last} ({folder.path}/logs/prepare.log has it all)")
        output.seek(0)
        return output.read()


def _parts(folder: DataFolder, record: Record, options: Options) -> list[Part]:
    env = _environment(folder, record)
    concurrency = ["--concurrency", str(options.concurrency)] if options.concurrency else []
    commands = {
        "web": ["web", "--host", options.host, "--port", str(options.port)],
        "dispatcher": ["dispatcher"],
        **{
            f"worker-{number}": ["worker", "--name", f"worker-{number}@{socket.gethostname()}", *concurrency]
            for number in range(1, options.workers + 1)
        },
        "beat": ["beat"],
        "flower": ["flower"],
    }
    hosts = {"INTERLOCK_ALLOWED_HOSTS": ",".join(_allowed_hosts(options.host))} | env
    return [
        Part(name, [sys.executable, "-m", "config", *argv], hosts if name == "web" else env, name not in LATER)
        for name, argv in commands.items()
    ]


def _environment(folder: DataFolder, record: Record) -> dict[str, str]:
    """What every process of this platform is told. The last two mark it as ours, for the next `up`."""
    return dict(os.environ) | {
        "DATABASE_URL": record.database_url,
        "REDIS_URL": record.redis_url,
        "SECRET_KEY": record.secret_key,
        "INTERLOCK_URL": record.url,
        "INTERLOCK_DATA": str(folder.path),
        "INTERLOCK_PARENT": str(os.getpid()),
    }


def _wait_until_ready(supervisor: Supervisor, url: str) -> None:
    give_up = time.monotonic() + READY_SECONDS
    while (answer := _readiness(url)) != "":
        if time.monotonic() > give_up:
            raise CannotStart(f"The platform did not get ready in {READY_SECONDS:g} s: {answer}")
        supervisor.look()
        refuse_if_failing(supervisor.parts, TRIES_TO_START, supervisor.folder)
        ending.pause(0.1)


def _readiness(url: str) -> str:
    """Nothing when the platform is ready, else what it says."""
    try:
        with urlopen(f"{url}/readyz", timeout=5) as response:  # noqa: S310 - always http, see _url
            return "" if response.status == 200 else str(response.status)
    except HTTPError as error:
        return error.read().decode(errors="replace")[:500]
    except (URLError, OSError) as error:
        return str(error)


def _url(options: Options) -> str:
    """Where this machine itself reaches the platform."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(options.host, options.host)  # noqa: S104
    return f"http://{_bracketed(host)}:{options.port}"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _allowed_hosts(host: str) -> list[str]:
    """The names under which a browser may ask for pages, if INTERLOCK_ALLOWED_HOSTS does not say."""
    names = ["localhost", "127.0.0.1", "[::1]", _bracketed(host)]
    if host in ("0.0.0.0", "::"):  # noqa: S104 - open to all interfaces because somebody asked for it
        addresses = [address.address for each in psutil.net_if_addrs().values() for address in each]
        names = [*names[:3], socket.gethostname(), *(_bracketed(a.partition("%")[0]) for a in addresses)]
    return names
