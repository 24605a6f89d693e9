"""Postgres from its wheel, as a child of this process: a cluster in the data folder, on a loopback port."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from config import ending, processes
from config.embedded import postgres_files
from config.embedded.data_folder import DataFolder, free_port, write_private
from config.failures import CannotStart

MAJOR_VERSION = "18"
DATABASE = OWNER = "interlock"
START_SECONDS = 120  # crash recovery may replay a lot
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "300",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
}
NOT_DURABLE = {"fsync": "off", "full_page_writes": "off"}
"""Commits survive a killed server, since the kernel has them, but not a machine that loses power."""


class Postgres:
    """One cluster. `url` names its database as the owner: no superuser, yet free to make roles."""

    name = "postgres"

    def __init__(self, folder: DataFolder, *, durable: bool = True) -> None:
        self.folder = folder
        self.settings = SETTINGS | ({} if durable else NOT_DURABLE)
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgresql://{OWNER}:{self.folder.secret('database')}@127.0.0.1:{self.port}/{DATABASE}"

    @property
    def superuser_url(self) -> str:
        return f"postgresql://postgres:{self.folder.secret('postgres')}@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start it and wait until it takes logins. Raises CannotStart."""
        cluster = postgres_files.cluster(self.folder)
        _refuse_other_version(cluster)
        _stop_leftover(cluster)
        if not (cluster / "PG_VERSION").exists():
            self._initialize(cluster)
        for last_try in (False, False, True):
            self.port = free_port(self.folder.note("postgres.port"))
            self.process = self._launch(cluster)
            if self._came_up(self.process, last_try):
                break
        self.folder.write_note("postgres.port", str(self.port))
        self._make_owner()

    def stop(self, patience: float = 8) -> None:
        """Fast shutdown: transactions are rolled back, everything committed is on disk."""
        if self.process is not None and self.process.poll() is None:
            stops = [signal.SIGINT, signal.SIGQUIT]
            processes.end([psutil.Process(self.process.pid)], patience, stops)
            self.process.wait()
        self.process = None

    def _initialize(self, cluster: Path) -> None:
        scratch = cluster.with_name(f"{cluster.name}.new")
        password = cluster.with_name(f"{cluster.name}.password")
        shutil.rmtree(scratch, ignore_errors=True)
        postgres_files.make_private(scratch)
        write_private(password, self.folder.secret("postgres"))
        user = postgres_files.account()
        if user:
            os.chown(password, user.uid, user.gid)
        try:
            self._run_initdb(scratch, password)
        finally:
            password.unlink(missing_ok=True)
        shutil.rmtree(cluster, ignore_errors=True)
        scratch.rename(cluster)

    def _run_initdb(self, target: Path, password: Path) -> None:
        user = postgres_files.account()
        argv: list[str | Path] = [
            postgres_files.programs() / "initdb",
            "-D",
            target,
            "-U",
            "postgres",
            f"--pwfile={password}",
        ]
        argv += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]
        argv += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        if "fsync" in self.settings:
            argv.append("--no-sync")
        arguments = user.popen_arguments if user else {}
        done = subprocess.run(argv, check=False, capture_output=True, text=True, cwd="/", **arguments)
        if done.returncode != 0:
            lines = (done.stderr or done.stdout).strip().splitlines()
            raise CannotStart(f"Postgres could not make its cluster in {target}: {lines[-1] if lines else '?'}")

    def _launch(self, cluster: Path) -> subprocess.Popen[bytes]:
        settings = [part for name, value in self.settings.items() for part in ("-c", f"{name}={value}")]
        with self.folder.log("postgres") as log:
            return processes.spawn(
                [postgres_files.programs() / "postgres", "-D", cluster, "-p", str(self.port), *settings],
                output=log,
                cwd=Path("/"),
                account=postgres_files.account(),
                death_signal=signal.SIGINT,
            )

    def _came_up(self, process: subprocess.Popen[bytes], is_last_try: bool) -> bool:
        """True once it takes logins; False if it died at once, as when somebody took the port meanwhile."""
        give_up = time.monotonic() + START_SECONDS
        while process.poll() is None:
            try:
                psycopg.connect(self.superuser_url, connect_timeout=2).close()
                return True
            except psycopg.OperationalError as error:
                if time.monotonic() > give_up:
                    self.stop()
                    raise CannotStart(f"Postgres did not come up in {START_SECONDS} s: {error}") from None
                ending.pause(0.03)
        if is_last_try:
            raise CannotStart(f"Postgres ended right after its start: {self.folder.log_tail('postgres')}")
        return False

    def _make_owner(self) -> None:
        """The role and the database that the platform uses."""
        owner, database = sql.Identifier(OWNER), sql.Identifier(DATABASE)
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            if not _exists(connection, "SELECT FROM pg_roles WHERE rolname = %s", OWNER):
                connection.execute(
                    sql.SQL("CREATE ROLE {} LOGIN CREATEROLE CREATEDB PASSWORD {}").format(
                        owner, sql.Literal(self.folder.secret("database"))
                    )
                )
            if not _exists(connection, "SELECT FROM pg_database WHERE datname = %s", DATABASE):
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, owner))


def _exists(connection: psycopg.Connection, query: str, name: str) -> bool:
    return connection.execute(query, [name]).fetchone() is not None


def _refuse_other_version(cluster: Path) -> None:
    try:
        version = (cluster / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        return
    except OSError as error:
        raise CannotStart(
            f"The cluster in {cluster} cannot be read ({error.strerror}); who started it first?"
        ) from None
    if version != MAJOR_VERSION:
        raise CannotStart(
            f"The cluster in {cluster} is of Postgres {version}, but this Interlock brings {MAJOR_VERSION}."
        )


def _stop_leftover(cluster: Path) -> None:
    """End the server that a killed parent left on the cluster, or wait until it has ended."""
    pid_file = cluster / "postmaster.pid"
    try:
        process = psutil.Process(int(pid_file.read_text().split()[0]))
        is_ours = process.name() == "postgres" and str(cluster) in process.cmdline()
    except (FileNotFoundError, ValueError, IndexError, psutil.NoSuchProcess):
        return
    except psutil.AccessDenied:
        is_ours = False
    if is_ours:
        processes.end([process], 20, [signal.SIGINT, signal.SIGQUIT])
    else:
        pid_file.unlink(missing_ok=True)  # the pid is somebody else's by now; Postgres would wait for it for ever
