"""A real platform for tests: web, dispatcher and workers as processes, on a database and ports of their own.

`platform` is shared by all tests that only use it; `fault_platform` is made for one test, which may kill its parts.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil
import psycopg
import pytest
import redis
from psycopg.rows import dict_row

from config import processes
from config.embedded import Servers
from config.embedded.data_folder import DataFolder, free_port
from config.supervisor import end_leftovers
from tests.servers import SECRET_KEY, Reservation

T = TypeVar("T")
READY_SECONDS = 150.0  # a loaded machine takes its time; a failure to start is noticed at once
FIRST_FREE_REDIS_DATABASE = 3  # the tests' own Django uses 0 to 2
FAST = {
    "INTERLOCK_RETRY_BASE_SECONDS": "0.2",
    "INTERLOCK_CANCEL_GRACE_SECONDS": "1",
    "INTERLOCK_MAX_CPU_PERCENT": "0",
}
"""Settings of test platforms that differ from the defaults, so that nobody waits for long, nor for a busy machine."""

_numbers = itertools.count(FIRST_FREE_REDIS_DATABASE)


class Ground:
    """Two running servers with a database that is ready to be copied for each platform."""

    def __init__(self, servers: Servers) -> None:
        self.servers = servers
        self.token = self._prepare()

    def new_database(self, name: str) -> str:
        """The URL of a new database with tables, admin and demo workspace."""
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE interlock")
        return self._url(name)

    def environment(self, folder: Path, database_url: str, redis_url: str) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("INTERLOCK_")}
        return inherited | {
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "SECRET_KEY": SECRET_KEY,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "INTERLOCK_DATA": str(folder),
            "INTERLOCK_PARENT": str(os.getpid()),
        }

    def _url(self, database: str) -> str:
        return self.servers.database_url.rpartition("/")[0] + f"/{database}"

    def _prepare(self) -> str:
        env = self.environment(self.servers.folder.path, self.servers.database_url, self.servers.redis_url)
        argv = [sys.executable, "-m", "config.prepare", "--demo-data"]
        done = subprocess.run(argv, check=False, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return str(json.loads(done.stdout).get("token", ""))


class Platform:
    """One platform. Parts are named `web`, `dispatcher`, `worker-1`, `worker-2`…; `worker` means any one worker."""

    def __init__(self, ground: Ground, folder: Path, **settings: str) -> None:
        self.ground, self.servers = ground, ground.servers
        number = next(_numbers)
        self.folder = DataFolder.at(folder)
        self.database_url = ground.new_database(f"platform_{number}")
        # Sixteen databases in one Redis: platforms that follow one another reuse them, emptied.
        self.redis_url = self.servers.redis_url[:-1] + str(FIRST_FREE_REDIS_DATABASE + number % 13)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.env = ground.environment(self.folder.path, self.database_url, self.redis_url) | FAST | settings
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self._tokens = {("admin", "default"): ground.token} if ground.token else {}
        self._clients = ExitStack()
        self._registrar: subprocess.Popen[str] | None = None
        self.flush_redis()

    # ── parts ────────────────────────────────────────────────────────────────────────────────────────────────

    def start(self, *, workers: int = 1, concurrency: int = 4) -> Platform:
        """Start web, dispatcher and workers, and wait until the platform says that it is ready."""
        self.start_part("web", "web", "--port", str(self.port))
        self.start_part("dispatcher", "dispatcher")
        for _ in range(workers):
            self.start_worker(concurrency=concurrency)
        if workers:
            self.wait_until_ready()
        else:
            self.wait_for(self._answers, READY_SECONDS, "the web to answer")
        return self

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz").status_code == 200
        except httpx.TransportError:
            return False

    def start_worker(self, *, concurrency: int = 4, **settings: str) -> str:
        """One more worker; its name."""
        name = f"worker-{1 + sum(name.startswith('worker-') for name in self.running)}"
        arguments = ["worker", "--name", f"{name}@test", "--concurrency", str(concurrency)]
        self.start_part(name, *arguments, **settings)
        return name

    def start_part(self, name: str, *arguments: str, **settings: str) -> None:
        with self.folder.log(name) as log:
            argv = [sys.executable, "-m", "config", *arguments]
            self.running[name] = processes.spawn(argv, output=log, env=self.env | settings)

    def process(self, part: str) -> psutil.Process:
        """A part's main process; for `worker`, that of the first one that lives."""
        for name, process in self.running.items():
            if name == part or (part == "worker" and name.startswith("worker-") and process.poll() is None):
                return psutil.Process(process.pid)
        raise AssertionError(f"no {part} runs")

    def kill(self, part: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Send the signal to the part's main process alone; after KILL, wait until it is gone."""
        process = self.process(part)
        process.send_signal(number)
        if number == signal.SIGKILL:
            self._reap(process.pid)

    def end(self, part: str, timeout: float = 30) -> int:
        """Stop a part the polite way; its exit code."""
        process = self.process(part)
        process.terminate()
        return self._reap(process.pid, timeout)

    def wait_until_ready(self) -> None:
        last = {"answer": ""}

        def ready() -> bool:
            died = [name for name, process in self.running.items() if process.poll() not in (None, -signal.SIGKILL)]
            assert not died, f"{died[0]} ended: {self.log(died[0])[-3000:]}"
            try:
                answer = httpx.get(f"{self.url}/readyz")
            except httpx.TransportError as error:
                last["answer"] = str(error)
                return False
            last["answer"] = answer.text
            return answer.status_code == 200

        try:
            self.wait_for(ready, READY_SECONDS, "the platform to be ready")
        except AssertionError as error:
            raise AssertionError(f"{error}; it says {last['answer']}") from None

    def log(self, part: str) -> str:
        return (self.folder.path / "logs" / f"{part}.log").read_text(errors="replace")

    def stop(self) -> None:
        self._clients.close()
        end_leftovers(self.folder)
        elsewhere = [psutil.Process(process.pid) for process in self.running.values() if process.poll() is None]
        for each in elsewhere:  # with a folder of its own, as on another machine
            each.resume()
        processes.end(elsewhere, patience=10)
        for process in self.running.values():
            process.wait()

    # ── servers ──────────────────────────────────────────────────────────────────────────────────────────────

    def restart_postgres(self, *, kill: bool = False) -> None:
        """Stop Postgres (or kill it with -9) and start it again on the same port. For a `fault_platform` only."""
        if kill:
            self._kill_server(self.servers.postgres.process)
        else:
            self.servers.postgres.stop()
        self.servers.postgres.start()

    def restart_redis(self) -> None:
        """Kill Redis with -9 and start it again, empty, on the same port. For a `fault_platform` only."""
        self.stop_redis()
        self.start_redis()

    def stop_redis(self) -> None:
        """Kill Redis with -9. For a `fault_platform` only; whoever does it starts it again."""
        self._kill_server(self.servers.redis.process)

    def start_redis(self) -> None:
        self.servers.redis.start()

    def flush_redis(self) -> None:
        """Empty this platform's Redis."""
        with redis.Redis.from_url(self.redis_url) as client:
            client.flushdb()

    def sql(self, query: str, params: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """The rows of a query as the database's owner, whom row-level security does not bind."""
        with psycopg.connect(self.database_url, autocommit=True, row_factory=dict_row) as connection:
            cursor = connection.execute(query, params)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    # ── people ───────────────────────────────────────────────────────────────────────────────────────────────

    def token(self, role: str = "admin", workspace: str = "default") -> str:
        """A token of that role in that workspace, both made at the first call."""
        key = (role, workspace)
        if key not in self._tokens:
            self._tokens[key] = self._people("token", workspace, role)
        return self._tokens[key]

    def browser_session(self, role: str = "admin", workspace: str = "default", *, staff: bool = False) -> str:
        """The value of the cookie `sessionid` of a person of that role who is signed in."""
        return self._people("session", workspace, role, *(["staff"] if staff else []))

    def browser(self, role: str = "admin", workspace: str = "default", *, staff: bool = False) -> httpx.Client:
        """A client that asks as that person's browser would."""
        cookies = {"sessionid": self.browser_session(role, workspace, staff=staff)}
        headers = {"Accept": "text/html"}
        return self._clients.enter_context(
            httpx.Client(base_url=self.url, cookies=cookies, headers=headers, timeout=30)
        )

    def client(self, role: str = "admin", workspace: str = "default") -> httpx.Client:
        """A client of the REST API that is signed in with such a token."""
        headers = {"Authorization": f"Bearer {self.token(role, workspace)}"}
        return self._clients.enter_context(httpx.Client(base_url=self.url, headers=headers, timeout=30))

    @property
    def api(self) -> httpx.Client:
        """The client of the default workspace's admin."""
        if not hasattr(self, "_api"):
            self._api = self.client()
        return self._api

    def interlock(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run the `interlock` command against this platform, as the default workspace's admin."""
        env = self.env | {"INTERLOCK_URL": self.url, "INTERLOCK_TOKEN": self.token()} | settings
        argv = [sys.executable, "-m", "config", *arguments]
        return subprocess.run(argv, check=False, env=env, capture_output=True, text=True, timeout=120)

    def _people(self, *arguments: str) -> str:
        if self._registrar is None:
            argv = [sys.executable, "-m", "tests.people"]
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
            self._registrar = self._clients.enter_context(subprocess.Popen(argv, env=self.env, text=True, **pipes))
        asked, said = self._registrar.stdin, self._registrar.stdout
        assert asked is not None and said is not None
        asked.write(" ".join(arguments) + "\n")
        asked.flush()
        answer = said.readline().rstrip("\n")
        assert answer and not answer.startswith("!"), answer or "it ended"
        return answer

    # ── time ─────────────────────────────────────────────────────────────────────────────────────────────────

    def wait_for(self, condition: Callable[[], T], timeout: float = 30, what: str = "") -> T:
        """What `condition` returns as soon as that is true; fails after `timeout` seconds."""
        give_up = time.monotonic() + timeout
        while not (value := condition()):
            assert time.monotonic() < give_up, f"waited {timeout:g} s in vain for {what or condition}"
            time.sleep(0.05)
        return value

    def _reap(self, pid: int, timeout: float = 30) -> int:
        return next(p for p in self.running.values() if p.pid == pid).wait(timeout)

    @staticmethod
    def _kill_server(process: subprocess.Popen[bytes] | None) -> None:
        assert process is not None
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def ground(servers: Servers) -> Ground:
    return Ground(servers)


@pytest.fixture(scope="session")
def fault_ground() -> Iterator[Ground]:
    """Servers that tests may kill and restart."""
    reservation = Reservation()
    try:
        with reservation.started() as running:
            yield Ground(running)
    finally:
        reservation.release()


@pytest.fixture(scope="session")
def platform(ground: Ground, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """The platform that tests share: use workspaces, sessions and jobs of your own, and break nothing."""
    shared = Platform(ground, tmp_path_factory.mktemp("platform"))
    try:
        yield shared.start()
    finally:
        shared.stop()


@pytest.fixture
def fault_platform(fault_ground: Ground, tmp_path: Path) -> Iterator[Platform]:
    """A platform for this test alone. It is not started yet: call `.start(workers=…, concurrency=…)`, set `.env` before.

    Its processes are not measured: importing everything under coverage takes twice the time, in each of them anew.
    """
    own = Platform(fault_ground, tmp_path / "platform")
    own.env = {name: value for name, value in own.env.items() if not name.startswith("COVERAGE_")}
    try:
        yield own
    finally:
        own.stop()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if {"platform", "fault_platform"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.platform)
